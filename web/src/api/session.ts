// Who one is. Everything that depends on the user asks here.
import { useEffect } from 'react';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { get, setCsrf, type Answer, type ApiError } from './client';

type SessionAnswer = Answer<'/admin/api/session', 'get'>;
export type Session = SessionAnswer['result'];

const SESSION = '/admin/api/session';

/** Other tabs of this browser share the session: they hear of its changes. */
const tabs = new BroadcastChannel('eportal-session');

/** Whose data is in the cache: a user's id; null for nobody's. */
let owner: number | null | undefined;

/** What one user has read is not for the next one, nor for nobody. */
function remember(client: QueryClient, { result }: SessionAnswer) {
    const before = owner;
    setCsrf(result.csrf);
    owner = result.user?.id ?? null;
    if (before === undefined || before === owner) {
        return;
    }
    const others = { predicate: ({ queryKey }: { queryKey: readonly unknown[] }) =>
        queryKey[0] !== SESSION };
    if (owner === null) {
        client.removeQueries(others);
    } else {
        void client.resetQueries(others);
    }
}

async function readSession({ client, signal }: {
    client: QueryClient;
    signal: AbortSignal;
}) {
    const answer = await get(SESSION, { signal });
    remember(client, answer);
    return answer;
}

/** The session; undefined while it is not known yet. */
export function useSession() {
    const query = useQuery<SessionAnswer, ApiError>({
        queryKey: [SESSION],
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

/** Go on with the session that a login has answered, here and in other tabs. */
export function useAdoptSession(): (answer: SessionAnswer) => void {
    const client = useQueryClient();
    return (answer) => {
        remember(client, answer);
        client.setQueryData([SESSION], answer);
        tellTabs();
    };
}

/** Say to the other tabs that the session is another one, or none, now. */
export function tellTabs() {
    tabs.postMessage(null);
}

/** Ask again when another tab has logged in or out. */
export function useOtherTabs() {
    const client = useQueryClient();
    useEffect(() => {
        const ask = () => void client.invalidateQueries({ queryKey: [SESSION] });
        tabs.addEventListener('message', ask);
        return () => tabs.removeEventListener('message', ask);
    }, [client]);
}
