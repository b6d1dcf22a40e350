// Asks before servers are deleted, and deletes them.
import { useTranslation } from 'react-i18next';
import { useTell } from '@/app/notices';
import { ConfirmDelete } from '@/components/ConfirmDelete';
import { plain } from '@/components/text';
import { BulkProgress } from './BulkProgress';
import { useBulk, type BulkTarget } from './useBulk';

/** Above it the number must be typed. */
const MANY = 10;

export function DeleteDialog({ target, onClose, onDone }: {
    target: BulkTarget;
    onClose: () => void;
    onDone: () => void;
}) {
    const { t, i18n } = useTranslation('servers');
    const tell = useTell();
    const bulk = useBulk(target);
    const { count, name } = target;
    const number = new Intl.NumberFormat(i18n.language).format(count);
    const confirm = async () => {
        const changed = await bulk.run('delete', {});
        if (changed !== null) {
            tell(name === undefined ? t('delete.done', { count: changed })
                : t('delete.doneOne', { name: plain(name) }));
            onDone();
        }
    };
    const close = () => {
        bulk.stop();
        onClose();
    };
    return (
        <ConfirmDelete busy={bulk.running} error={bulk.error} onClose={close}
            onConfirm={() => void confirm()}
            title={name === undefined ? t('delete.title', { count, number })
                : t('delete.titleOne', { name: plain(name) })}
            {...(count > MANY && { typed: String(count) })}>
            <p>{t('delete.body', { count })}</p>
            {bulk.running && <BulkProgress done={bulk.done} total={count} />}
        </ConfirmDelete>
    );
}
