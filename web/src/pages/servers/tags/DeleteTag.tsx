// Asks before a tag is deleted: how many servers lose it.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '@/api/client';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import { plain } from '@/components/text';

/** Above it the name must be typed. */
const MANY = 10;

export function DeleteTag({ tag, onClose }: { tag: string; onClose: () => void }) {
    const { t } = useTranslation('servers');
    const tell = useTell();
    const remove = useSend('delete', '/admin/api/tags/{name}', [
        '/admin/api/tags', '/admin/api/servers', '/admin/api/servers/{id}'
    ]);
    const names = { name: tag };
    const trial = useQuery({
        queryKey: ['/admin/api/tags', 'delete', tag],
        queryFn: () => send('delete', '/admin/api/tags/{name}',
            { names, params: { dry_run: true } })
    });
    const count = trial.data?.servers;
    return (
        <ConfirmDelete title={t('tagPage.deleteTitle', { name: plain(tag) })}
            busy={remove.isPending || trial.isPending} error={remove.error} onClose={onClose}
            {...(count !== undefined && count > MANY && { typed: tag })}
            onConfirm={() => remove.mutate({ names }, {
                onSuccess: () => {
                    tell(t('tagPage.deleted', { name: plain(tag) }));
                    onClose();
                }
            })}>
            {count !== undefined && <p>{t('tagPage.deleteBody', { count })}</p>}
        </ConfirmDelete>
    );
}
