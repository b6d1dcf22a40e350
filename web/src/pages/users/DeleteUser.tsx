// Deletes a user; API keys and sessions go with him.
import { Content } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi, useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import type { User } from './Users';

export function DeleteUser({ user, onClose }: { user: User; onClose: () => void }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const tokens = useApi('/admin/api/tokens');
    const keys = tokens.data?.result.filter(({ username }) => username === user.username);
    const remove = useSend('delete', '/admin/api/users', [
        '/admin/api/users', '/admin/api/tokens', '/admin/api/sessions'
    ]);
    return (
        <ConfirmDelete title={t('remove.title', { name: user.username })}
            busy={remove.isPending} error={remove.error} onClose={onClose}
            onConfirm={() => remove.mutate({ params: { username: user.username } }, {
                onSuccess: () => {
                    tell(t('told.deleted', { name: user.username }));
                    onClose();
                }
            })}>
            <Content component="p">
                {keys !== undefined && keys.length > 0
                    ? t('remove.keys', { count: keys.length }) : t('remove.sessions')}
            </Content>
            {user.origin !== 'local' && (
                <Content component="p">{t(`remove.again.${user.origin}`)}</Content>
            )}
        </ConfirmDelete>
    );
}
