// The start page: the dashboard for users; for others the counters, or the
// login page when AUTH_RESTRICTED_INDEX is on (AUTH-1).
import { Navigate } from 'react-router';
import { useSession } from '@/api/session';
import { Loading } from '@/components/Loading';
import { Failure } from '@/components/Failure';
import { Dashboard } from './Dashboard';
import { Visitor } from './Visitor';

export default function Start() {
    const { session, error, retry } = useSession();
    if (session === undefined) {
        return error === null ? <Loading />
            : <Failure error={error} retry={() => void retry()} />;
    }
    if (session.user !== null) {
        return <Dashboard />;
    }
    return session.allowed.start && session.first_user === null
        ? <Visitor /> : <Navigate to="/login" replace />;
}
