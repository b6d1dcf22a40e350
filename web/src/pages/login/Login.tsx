// The login page (UI-1..3, SSO-13): a local or LDAP user's name and password,
// or the provider's own page; on a new portal how the first user is made.
import {
    Login, LoginHeader, LoginMainBody, LoginMainHeader, Title
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Navigate, useLocation, useSearchParams } from 'react-router';
import logo from '@/app/favicon.svg';
import { LookMenu } from '@/app/LookMenu';
import { useOtherTabs, useSession, type Session } from '@/api/session';
import { useErrorText } from '@/components/errors';
import { Failure } from '@/components/Failure';
import { Loading } from '@/components/Loading';
import { Message } from '@/components/Message';
import { FirstUser } from './FirstUser';
import { LoginForm } from './LoginForm';
import { localPath, ssoAddress } from './next';
import { useSsoSentence } from './ssoError';

/** Why one is here, if there is more to say than "sign in". */
function Reason({ refused }: {
    /** the code with which single sign-on failed */
    refused: string | null;
}) {
    const { t } = useTranslation('login');
    const text = useErrorText();
    const sentence = useSsoSentence();
    const state = useLocation().state as { ended?: boolean } | null;
    if (refused !== null) {
        return (
            <Message variant="danger" title={t('ssoFailed.title')}>
                <span className="ep-break">
                    {sentence === null ? t('ssoFailed.body')
                        : text({ code: refused, message: sentence, retryAfter: null })}
                </span>
            </Message>
        );
    }
    return state?.ended === true
        ? <Message variant="info" title={t('ended')} />
        : null;
}

function Body({ session, next, retry }: {
    session: Session;
    next: string;
    retry: () => void;
}) {
    const [params] = useSearchParams();
    if (session.first_user !== null) {
        return <FirstUser command={session.first_user} retry={retry} />;
    }
    return (
        <div className="ep-stack">
            <Reason refused={params.get('sso_error')} />
            <LoginForm sso={session.sso ? ssoAddress(next) : null} />
        </div>
    );
}

export default function LoginScreen() {
    const { t } = useTranslation('login');
    const { session, error, retry } = useSession();
    const [params] = useSearchParams();
    const next = localPath(params.get('next'));
    useOtherTabs();

    if (session?.user != null) {
        return <Navigate to={next} replace />;
    }
    return (
        <Login className="ep-login" header={
            <LoginHeader className="ep-login-header">
                <span className="ep-brand">
                    <img src={logo} alt="" width="36" height="36" />
                    ePortal
                </span>
                <LookMenu />
            </LoginHeader>
        }>
            <title>{`${t('title')} · ePortal`}</title>
            <LoginMainHeader>
                <Title headingLevel="h1" size="2xl">{t('title')}</Title>
            </LoginMainHeader>
            <LoginMainBody>
                {session !== undefined
                    ? <Body session={session} next={next} retry={() => void retry()} />
                    : error !== null
                        ? <Failure error={error} retry={() => void retry()} />
                        : <Loading />}
            </LoginMainBody>
        </Login>
    );
}
