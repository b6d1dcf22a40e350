// Pages for users: who is not logged in goes to the login page, and comes
// back to where he wanted to go.
import { useEffect, useRef } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { useSession } from '@/api/session';
import { Failure } from '@/components/Failure';
import { Loading } from '@/components/Loading';

export function RequireUser() {
    const { session, error, retry } = useSession();
    const { pathname, search } = useLocation();
    const user = session?.user;
    const hadUser = useRef(false);
    useEffect(() => {
        hadUser.current ||= user != null;
    }, [user]);

    if (error !== null && session === undefined) {
        return <Failure headingLevel="h1" error={error} retry={() => void retry()} />;
    }
    if (session === undefined) {
        return <Loading />;
    }
    if (session.user === null) {
        const next = encodeURIComponent(pathname + search);
        return (
            <Navigate to={`/login?next=${next}`} replace
                state={{ ended: hadUser.current }} />
        );
    }
    return <Outlet />;
}
