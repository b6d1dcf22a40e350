// Make a user, or change one's description and role. A user of LDAP or of the
// provider has no password here; clearing "Read-only" makes him an
// administrator (LDAP-30).
import { useState } from 'react';
import {
    Checkbox, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi, useSend } from '@/api/hooks';
import { useSession } from '@/api/session';
import { useTell } from '@/app/notices';
import { FormDialog } from '@/components/FormDialog';
import { Message } from '@/components/Message';
import { NewPassword, useLongEnough } from './NewPassword';
import type { User } from './Users';

/** The setting that gives this user's role anew at each login, if one does. */
function useDecides(user: User | undefined): string | null {
    const ldap = useApi('/admin/api/settings/ldap', { enabled: user?.origin === 'ldap' });
    const sso = useApi('/admin/api/settings/sso', { enabled: user?.origin === 'sso' });
    if (ldap.data?.result.admin_filter != null && user?.origin === 'ldap') {
        return 'LDAP_ADMIN_FILTER';
    }
    if (sso.data?.result.admin_group != null && user?.origin === 'sso') {
        return 'OIDC_ADMIN_GROUP';
    }
    return null;
}

function Role({ user, users, readonly, onChange }: {
    user: User | undefined;
    users: User[];
    readonly: boolean;
    onChange: (readonly: boolean) => void;
}) {
    const { t } = useTranslation('users');
    const { session } = useSession();
    const decides = useDecides(user);
    const last = user !== undefined && !user.readonly
        && users.every((one) => one.readonly || one.id === user.id);
    const own = user !== undefined && user.username === session?.user?.username;
    return (
        <>
            <FormGroup role="group" fieldId="user-role" label={t('column.role')}>
                <Checkbox id="user-readonly" label={t('readonly.label')}
                    description={t(last ? 'readonly.last' : 'readonly.description')}
                    isChecked={readonly} isDisabled={last}
                    onChange={(_, now) => onChange(now)} />
            </FormGroup>
            {decides !== null && (
                <Message variant="info"
                    title={t('decides', { setting: decides })} />
            )}
            {own && readonly && !user.readonly && (
                <Message live variant="warning"
                    title={t('demote.title')}>
                    {t('demote.body')}
                </Message>
            )}
        </>
    );
}

export function UserDialog({ users, user, onClose }: {
    users: User[];
    /** who is changed; without one a new user is made */
    user?: User;
    onClose: () => void;
}) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const save = useSend('post', '/admin/api/users', [
        '/admin/api/users', '/admin/api/session', '/admin/api/sessions'
    ]);
    const [username, setUsername] = useState(user?.username ?? '');
    const [description, setDescription] = useState(user?.description ?? '');
    const [password, setPassword] = useState('');
    const [readonly, setReadonly] = useState(user?.readonly ?? true);
    const longEnough = useLongEnough(password);
    const taken = user === undefined && users.some((one) => one.username === username.trim());

    function submit() {
        save.mutate({
            params: {
                username: username.trim(),
                description: description.trim(),
                ...(readonly !== user?.readonly && { readonly }),
                ...(user === undefined && { password })
            }
        }, {
            onSuccess: ({ result }) => {
                tell(t(user === undefined ? 'told.added' : 'told.changed',
                    { name: result.username }));
                onClose();
            }
        });
    }

    return (
        <FormDialog title={user === undefined ? t('add') : t('editUser', { name: user.username })}
            action={t(user === undefined ? 'add' : 'common:save')}
            ready={user !== undefined || (username.trim() !== '' && longEnough && !taken)}
            busy={save.isPending} error={save.error} onSubmit={submit} onClose={onClose}>
            {user === undefined && (
                <FormGroup label={t('column.username')} fieldId="user-name" isRequired>
                    <TextInput id="user-name" value={username} isRequired autoComplete="off"
                        autoFocus autoCapitalize="none" spellCheck={false}
                        validated={taken ? 'error' : 'default'}
                        aria-describedby={taken ? 'user-name-taken' : undefined}
                        onChange={(_, now) => setUsername(now)} />
                    {taken && (
                        <FormHelperText>
                            <HelperText id="user-name-taken" isLiveRegion>
                                <HelperTextItem variant="error">{t('taken')}</HelperTextItem>
                            </HelperText>
                        </FormHelperText>
                    )}
                </FormGroup>
            )}
            {user !== undefined && user.origin !== 'local' && (
                <Message variant="info"
                    title={t(`elsewhere.${user.origin}`)} />
            )}
            <FormGroup label={t('column.description')} fieldId="user-description">
                <TextInput id="user-description" value={description} autoComplete="off"
                    onChange={(_, now) => setDescription(now)} />
            </FormGroup>
            {user === undefined && (
                <NewPassword id="user-password" label={t('password.label')} value={password}
                    onChange={setPassword} />
            )}
            <Role user={user} users={users} readonly={readonly} onChange={setReadonly} />
        </FormDialog>
    );
}
