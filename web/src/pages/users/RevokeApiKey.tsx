// Revokes an API key: what uses it is refused from then on.
import { Content } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import { Time } from '@/components/Time';
import type { ApiKey } from './ApiKeys';

export function RevokeApiKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const revoke = useSend('delete', '/admin/api/tokens/{id}', ['/admin/api/tokens']);
    return (
        <ConfirmDelete title={t('apiKeys.revokeTitle', { name: apiKey.name })}
            action={t('apiKeys.revoke')} busy={revoke.isPending} error={revoke.error}
            onClose={onClose}
            onConfirm={() => revoke.mutate({ names: { id: apiKey.id } }, {
                onSuccess: () => {
                    tell(t('told.revoked', { name: apiKey.name }));
                    onClose();
                }
            })}>
            <Content component="p">
                {t('apiKeys.revokeBody', { user: apiKey.username })}
            </Content>
            <Content component="p">
                {t('apiKeys.column.lastUsed')}: <Time value={apiKey.last_used} relative />
            </Content>
        </ConfirmDelete>
    );
}
