// Users (LDAP-28, LDAP-29): who may come in, with which role, and who has to
// wait because too many of his logins failed.
import { useState } from 'react';
import { Button, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { useApi } from '@/api/hooks';
import { useMayChange, useSession } from '@/api/session';
import { Message } from '@/components/Message';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { DeleteUser } from './DeleteUser';
import { SAFE_LENGTH } from './NewPassword';
import { ResetPassword } from './ResetPassword';
import { ThrottleSection } from './ThrottleSection';
import { UserDialog } from './UserDialog';
import { UsersTable } from './UsersTable';

export type User = Answer<'/admin/api/users', 'get'>['result'][number];

/** What a dialog is open for. */
type Open =
    | { what: 'add' }
    | { what: 'edit' | 'password' | 'delete'; user: User };

function ShortPasswords() {
    const { t } = useTranslation('users');
    const { session } = useSession();
    const count = session?.password_min_length ?? SAFE_LENGTH;
    return count >= SAFE_LENGTH ? null : (
        <PageSection>
            <Message variant="warning"
                title={t('short.title', { count })}>
                {t('short.body')}
            </Message>
        </PageSection>
    );
}

export default function Users() {
    const { t } = useTranslation('users');
    const users = useApi('/admin/api/users');
    const mayChange = useMayChange();
    const [open, setOpen] = useState<Open | null>(null);
    const close = () => setOpen(null);
    const all = users.data?.result ?? [];

    return (
        <>
            <PageHeader title={t('title')} description={t('description')}
                actions={mayChange && (
                    <Button onClick={() => setOpen({ what: 'add' })}>{t('add')}</Button>
                )} />
            {mayChange && <ShortPasswords />}
            <PageSection>
                <Reading query={users}>
                    {({ result }) => (
                        <UsersTable users={result}
                            onAct={(what, user) => setOpen({ what, user })} />
                    )}
                </Reading>
            </PageSection>
            {mayChange && <ThrottleSection />}
            {open?.what === 'add' && <UserDialog users={all} onClose={close} />}
            {open?.what === 'edit' && (
                <UserDialog users={all} user={open.user} onClose={close} />
            )}
            {open?.what === 'password' && <ResetPassword user={open.user} onClose={close} />}
            {open?.what === 'delete' && <DeleteUser user={open.user} onClose={close} />}
        </>
    );
}
