import { useInfiniteQuery } from '@tanstack/react-query';
import { folder, unwrap } from '../app/api';

/** useFolder reads a folder page by page, each page with the folder's own name and path. */
export function useFolder(path: string) {
  return useInfiniteQuery({
    queryKey: ['folder', path],
    queryFn: async ({ pageParam, signal }) => unwrap(await folder(path, pageParam, signal)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
}
