// The table of patchsets and feeds. It scrolls sideways inside itself.
import { Label } from '@patternfly/react-core';
import { Table, Tbody, Th, Thead, Tr, type ThProps } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';
import type { Feed, Row, Sort } from './matrix';
import { MatrixRow } from './MatrixRow';

function FeedHead({ feed: { name, auto, channel, servers } }: { feed: Feed }) {
    const { t } = useTranslation('patchsets');
    return (
        <div className="ep-matrix-feed">
            <bdi className="ep-break">{name}</bdi>
            <Link to={serversLink({ feed: name })} className="ep-matrix-count"
                aria-label={t('servers.feed', { count: servers, feed: name })}>
                {t('servers.count', { count: servers })}
            </Link>
            {(auto || channel !== 'default') && (
                <span className="ep-matrix-state">
                    {auto && <Label isCompact color="teal">{t('feed.auto')}</Label>}
                    {channel !== 'default' && (
                        <Label isCompact color="yellow">{t(`feed.channel.${channel}`)}</Label>
                    )}
                </span>
            )}
        </div>
    );
}

export function MatrixTable({
    label, feeds, rows, product, asked, sort, onSort, onManage
}: {
    label: string;
    feeds: readonly Feed[];
    rows: readonly Row[];
    product: string;
    asked: readonly string[];
    sort: Sort;
    onSort: (sort: Sort) => void;
    onManage: ((patchset: string) => void) | null;
}) {
    const { t } = useTranslation('patchsets');
    const sorting = (column: 'patchset' | 'usage'): NonNullable<ThProps['sort']> => ({
        columnIndex: 0,
        sortBy: {
            ...(sort.endsWith(column) && { index: 0 }),
            direction: sort.startsWith('-') ? 'desc' : 'asc',
            defaultDirection: 'desc'
        },
        onSort: () => onSort(sort === `-${column}` ? column : `-${column}`)
    });
    return (
        <div className="ep-matrix">
            <Table variant="compact" aria-label={label} gridBreakPoint="">
                <Thead>
                    <Tr>
                        <Th modifier="nowrap" sort={sorting('usage')}>{t('column.usage')}</Th>
                        <Th modifier="nowrap">{t('column.distros')}</Th>
                        <Th modifier="nowrap" className="ep-matrix-name"
                            sort={sorting('patchset')}>
                            {t('column.patchset')}
                        </Th>
                        {feeds.map((feed) => (
                            <Th key={feed.name}><FeedHead feed={feed} /></Th>
                        ))}
                        {onManage !== null && (
                            <Th className="ep-matrix-manage"
                                screenReaderText={t('manage.action')} />
                        )}
                    </Tr>
                </Thead>
                <Tbody>
                    {rows.map((row) => (
                        <MatrixRow key={row.patchset} row={row} product={product}
                            asked={asked} onManage={onManage} />
                    ))}
                </Tbody>
            </Table>
        </div>
    );
}
