// How answers are cached and asked for again.
import { QueryCache, QueryClient, MutationCache } from '@tanstack/react-query';
import { ApiError } from '@/api/client';

/**
 * A session that has ended, or is another one since a login in another tab,
 * shows at any request: then ask who one is.
 */
function onError(error: Error) {
    if (error instanceof ApiError && (error.status === 401 || error.code === 'csrf')) {
        void queryClient.invalidateQueries({ queryKey: ['/admin/api/session'] });
    }
}

/** What another try may mend: no answer, or a portal that is busy. */
function mayRetry(failures: number, error: Error): boolean {
    return failures < 2 && error instanceof ApiError
        && (error.status === 0 || error.status === 503);
}

export const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
        queries: { staleTime: 10_000, retry: mayRetry, refetchOnWindowFocus: true },
        // What was sent, which may be a password, is not kept.
        mutations: { retry: false, gcTime: 0 }
    }
});
