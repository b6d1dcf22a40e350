// The list of feeds.
import { Button, Label } from '@patternfly/react-core';
import { PencilAltIcon, TrashIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMayChange } from '@/api/session';
import { number } from '@/components/format';
import { MAIN, type Feed } from './feeds';

/** What happens to new patchsets. */
function Automatic({ feed }: { feed: Feed }) {
    const { t } = useTranslation('feeds');
    if (feed.name === MAIN) {
        return <span className="ep-muted">{t('auto.main')}</span>;
    }
    return feed.auto ? <Label isCompact color="teal">{t('auto.on')}</Label>
        : <span className="ep-muted">{t('auto.off')}</span>;
}

function Count({ value, to, label }: { value: number; to: string; label: string }) {
    const { i18n } = useTranslation();
    const text = number(value, i18n.language);
    return value === 0 ? text : <Link to={to} aria-label={label}>{text}</Link>;
}

function Actions({ feed, onEdit, onDelete }: {
    feed: Feed;
    onEdit: (feed: Feed) => void;
    onDelete: (feed: Feed) => void;
}) {
    const { t } = useTranslation('feeds');
    return feed.name === MAIN ? null : (
        <span className="ep-actions">
            <Button variant="plain" icon={<PencilAltIcon />} onClick={() => onEdit(feed)}
                aria-label={t('edit.title', { feed: feed.name })} />
            <Button variant="plain" icon={<TrashIcon />} onClick={() => onDelete(feed)}
                aria-label={t('delete.title', { feed: feed.name })} />
        </span>
    );
}

export function FeedTable({ feeds, onEdit, onDelete }: {
    feeds: readonly Feed[];
    onEdit: (feed: Feed) => void;
    onDelete: (feed: Feed) => void;
}) {
    const { t } = useTranslation('feeds');
    const mayChange = useMayChange();
    return (
        <Table aria-label={t('title')} gridBreakPoint="grid-lg">
            <Thead>
                <Tr>
                    {(['name', 'auto', 'delay', 'channel', 'keys', 'servers'] as const)
                        .map((column) => (
                            <Th key={column} modifier="nowrap">{t(`column.${column}`)}</Th>
                        ))}
                    {mayChange && <Th screenReaderText={t('column.actions')} />}
                </Tr>
            </Thead>
            <Tbody>
                {feeds.map((feed) => (
                    <Tr key={feed.name}>
                        <Th scope="row" dataLabel={t('column.name')} className="ep-break">
                            {feed.name}
                        </Th>
                        <Td dataLabel={t('column.auto')}><Automatic feed={feed} /></Td>
                        <Td dataLabel={t('column.delay')}>
                            {feed.auto ? t('delay', { count: feed.deploy_after }) : '—'}
                        </Td>
                        <Td dataLabel={t('column.channel')}>{t(`channel.${feed.channel}`)}</Td>
                        <Td dataLabel={t('column.keys')}>
                            <Count value={feed.keys} label={t('keys', {
                                count: feed.keys, feed: feed.name
                            })} to={`/keys?${new URLSearchParams({ feed: feed.name })}`} />
                        </Td>
                        <Td dataLabel={t('column.servers')}>
                            <Count value={feed.servers} label={t('servers', {
                                count: feed.servers, feed: feed.name
                            })} to={`/servers?${new URLSearchParams({ feed: feed.name })}`} />
                        </Td>
                        {mayChange && (
                            <Td isActionCell>
                                <Actions feed={feed} onEdit={onEdit} onDelete={onDelete} />
                            </Td>
                        )}
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}
