// Pages for users: who is not logged in goes to the login page, and comes
// back to where he wanted to go.
import { useEffect, useRef } from 'react';
import { Bullseye, Spinner } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Navigate, Outlet, useLocation } from 'react-router';
import { useSession } from '@/api/session';
import { Failure } from '@/components/Failure';

export function RequireUser() {
    const { t } = useTranslation();
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
        return <Bullseye><Spinner aria-label={t('loading')} /></Bullseye>;
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
