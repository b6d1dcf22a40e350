// Deleting a key deletes every server that is registered under it (KEY-4).
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import { MANY, type Key } from './keys';

export function DeleteKey({ row, onClose, onDeleted }: {
    row: Key;
    onClose: () => void;
    onDeleted: () => void;
}) {
    const { t } = useTranslation('keys');
    const tell = useTell();
    const remove = useSend('delete', '/admin/api/keys/{key}', [
        '/admin/api/keys', '/admin/api/feeds', '/admin/api/servers', '/admin/api/overview',
        '/admin/api/patchsets/matrix'
    ]);
    const { key, servers } = row;
    return (
        <ConfirmDelete title={t('delete.title', { key })} busy={remove.isPending}
            error={remove.error} onClose={onClose}
            {...(servers > MANY && { typed: key })}
            onConfirm={() => remove.mutate({ names: { key } }, {
                onSuccess: () => {
                    tell(servers === 0 ? t('delete.done', { key })
                        : t('delete.doneWith', { key, count: servers }));
                    onDeleted();
                }
            })}>
            <p className="ep-paragraph">
                {servers === 0 ? t('delete.unused')
                    : t('delete.servers', { count: servers })}
            </p>
        </ConfirmDelete>
    );
}
