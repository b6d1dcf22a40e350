// Who one is. Everything that depends on the user asks here.
import { useQuery } from '@tanstack/react-query';
import { get, setCsrf, type Answer, type ApiError } from './client';

type SessionAnswer = Answer<'/admin/api/session', 'get'>;
export type Session = SessionAnswer['result'];

async function readSession({ signal }: { signal: AbortSignal }) {
    const answer = await get('/admin/api/session', { signal });
    setCsrf(answer.result.csrf);
    return answer;
}

/** The session; undefined while it is not known yet. */
export function useSession() {
    const query = useQuery<SessionAnswer, ApiError>({
        queryKey: ['/admin/api/session'],
        queryFn: readSession,
        staleTime: 60_000
    });
    return { session: query.data?.result, error: query.error, retry: query.refetch };
}

/** Whether one may change things; a reader sees no action that he may not do. */
export function useMayChange(): boolean {
    const { session } = useSession();
    return session?.user != null && !session.user.readonly;
}
