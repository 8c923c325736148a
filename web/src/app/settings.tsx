// What the server says of itself, asked once and shared by all pages.
import { useQuery } from '@tanstack/react-query';
import { type Config, config, unwrap } from './api';

export function useConfig(): Config | undefined {
  return useQuery({
    queryKey: ['config'],
    queryFn: async ({ signal }) => unwrap(await config(signal)),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}
