// Deleting a feed moves its keys to main (FEED-14), which their servers feel.
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import { stale, type Feed } from './feeds';

export function DeleteFeed({ feed, onClose }: { feed: Feed; onClose: () => void }) {
    const { t } = useTranslation('feeds');
    const tell = useTell();
    const remove = useSend('delete', '/admin/api/feeds/{name}', stale);
    const { name, keys, servers } = feed;
    return (
        <ConfirmDelete title={t('delete.title', { feed: name })} busy={remove.isPending}
            error={remove.error} onClose={onClose}
            onConfirm={() => remove.mutate({ names: { name } }, {
                onSuccess: () => {
                    tell(t('delete.done', { feed: name }));
                    onClose();
                }
            })}>
            {keys === 0 ? <p className="ep-paragraph">{t('delete.unused')}</p> : (
                <>
                    <p className="ep-paragraph">{t('delete.keys', { count: keys })}</p>
                    <p className="ep-paragraph">{t('delete.servers', { count: servers })}</p>
                </>
            )}
        </ConfirmDelete>
    );
}
