import { QueryClient } from '@tanstack/react-query';
import { failureOf } from './api';

const passing = new Set(['unreachable', 'busy', 'server']);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The browser's idea of being offline says nothing of a server on the same machine.
      networkMode: 'always',
      staleTime: 60_000,
      // One quick retry hides a restart; more would keep a person waiting for the message.
      retry: (failures, error) => failures < 1 && passing.has(failureOf(error).kind),
      retryDelay: 600,
    },
  },
});
