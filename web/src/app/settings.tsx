// What the server says of itself, asked once and shared by all pages.
import { useQuery } from '@tanstack/react-query';
import { type Config, config, unwrap } from './api';

export const configQuery = {
  queryKey: ['config'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => unwrap(await config(signal)),
  staleTime: Number.POSITIVE_INFINITY,
};

export const useConfig = (): Config | undefined => useQuery(configQuery).data;
