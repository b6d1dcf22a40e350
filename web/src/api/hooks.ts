// The API as React sees it: what is read is cached by its path and query, and
// what changes something makes the paths that it names be read again.
import {
    keepPreviousData, useMutation, useQuery, useQueryClient,
    type UseQueryOptions
} from '@tanstack/react-query';
import {
    get, send,
    type Answer, type ApiError, type GetOptions, type GetPath, type Params,
    type With
} from './client';

type ReadOptions<P extends GetPath> =
    Omit<GetOptions<P>, 'signal'>
    & Pick<UseQueryOptions<Answer<P, 'get'>, ApiError>,
        'enabled' | 'refetchInterval' | 'staleTime'>
    & {
        /** show the page before while the next one is on its way */
        keep?: boolean;
    };

/** Read a path; `data` is the whole answer. */
export function useApi<P extends GetPath>(
    path: P, { names, query, keep, ...rest }: ReadOptions<P> = {}
) {
    return useQuery<Answer<P, 'get'>, ApiError>({
        queryKey: [path, names ?? {}, query ?? {}],
        queryFn: ({ signal }) => get(path, {
            signal,
            ...(names && { names }),
            ...(query && { query })
        }),
        ...(keep && { placeholderData: keepPreviousData as never }),
        ...rest
    });
}

/**
 * Change something: mutate({ names, params }). When it is done, every reader
 * of a path in `stale` asks again.
 */
export function useSend<M extends 'post' | 'put' | 'delete', P extends With<M>>(
    method: M, path: P, stale: GetPath[] = []
) {
    const client = useQueryClient();
    return useMutation<Answer<P, M>, ApiError,
        { names?: Record<string, string>; params?: Params<P, M> }>({
        mutationFn: (call) => send(method, path, call),
        onSuccess: () => Promise.all(stale.map((path) =>
            client.invalidateQueries({ queryKey: [path] })))
    });
}

const SECOND_AND_MORE = 1500;

/**
 * Save settings that are read at the same path. Every process knows them
 * within a second, but not at once: until then the answer itself is what is
 * shown, and only then `later` is read again.
 */
export function useSave<P extends GetPath & With<'put'>>(path: P, later: GetPath[]) {
    const client = useQueryClient();
    return useMutation<Answer<P, 'put'>, ApiError, { params: Params<P, 'put'> }>({
        mutationFn: (call) => send('put', path, call),
        onSuccess: (answer) => {
            client.setQueryData([path, {}, {}], answer);
            setTimeout(() => [path, ...later].forEach((one) =>
                void client.invalidateQueries({ queryKey: [one] })), SECOND_AND_MORE);
        }
    });
}
