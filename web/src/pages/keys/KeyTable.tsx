// The list of keys.
import { Button, Label } from '@patternfly/react-core';
import { PencilAltIcon, TrashIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr, type ThProps } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMayChange } from '@/api/session';
import { number } from '@/components/format';
import { Time } from '@/components/Time';
import { editAddress, isFull, serversOf, type Key, type Sort } from './keys';

function Servers({ row }: { row: Key }) {
    const { t, i18n } = useTranslation('keys');
    const count = number(row.servers, i18n.language);
    return (
        <span>
            {row.servers === 0 ? count : (
                <Link to={serversOf(row.key)}
                    aria-label={t('servers', { count: row.servers, key: row.key })}>
                    {count}
                </Link>
            )}
            {' / '}
            {row.server_limit > 0 ? number(row.server_limit, i18n.language)
                : <span className="ep-muted">{t('noLimit')}</span>}
            {isFull(row) && (
                <>
                    {' '}
                    <Label isCompact color="orange">{t('full')}</Label>
                </>
            )}
        </span>
    );
}

function Products({ row }: { row: Key }) {
    const { t } = useTranslation('keys');
    if (row.default_products) {
        return <span className="ep-muted">{t('products.default')}</span>;
    }
    return row.products.map((product) => t(`product.${product}`)).join(t('comma'));
}

function Actions({ row, onDelete }: { row: Key; onDelete: (row: Key) => void }) {
    const { t } = useTranslation('keys');
    return (
        <span className="ep-actions">
            <Button variant="plain" icon={<PencilAltIcon />}
                aria-label={t('edit.title', { key: row.key })}
                component={(props) => <Link {...props} to={editAddress(row.key)} />} />
            <Button variant="plain" icon={<TrashIcon />} onClick={() => onDelete(row)}
                aria-label={t('delete.title', { key: row.key })} />
        </span>
    );
}

function useSorting(sort: Sort, onSort: (sort: Sort) => void) {
    return (column: 'key' | 'servers' | 'created'): NonNullable<ThProps['sort']> => ({
        columnIndex: 0,
        sortBy: {
            ...(sort.replace('-', '') === column && { index: 0 }),
            direction: sort.startsWith('-') ? 'desc' : 'asc'
        },
        onSort: () => onSort(sort === column ? `-${column}` : column)
    });
}

export function KeyTable({ rows, sort, onSort, onDelete }: {
    rows: readonly Key[];
    sort: Sort;
    onSort: (sort: Sort) => void;
    onDelete: (row: Key) => void;
}) {
    const { t } = useTranslation('keys');
    const mayChange = useMayChange();
    const sorting = useSorting(sort, onSort);
    return (
        <Table variant="compact" aria-label={t('title')} gridBreakPoint="grid-lg">
            <Thead>
                <Tr>
                    <Th modifier="nowrap" sort={sorting('key')}>{t('column.key')}</Th>
                    <Th modifier="nowrap" sort={sorting('servers')}>{t('column.servers')}</Th>
                    <Th modifier="nowrap">{t('column.feed')}</Th>
                    <Th modifier="nowrap">{t('column.products')}</Th>
                    <Th modifier="nowrap">{t('column.note')}</Th>
                    <Th modifier="nowrap" sort={sorting('created')}>{t('column.created')}</Th>
                    {mayChange && <Th screenReaderText={t('column.actions')} />}
                </Tr>
            </Thead>
            <Tbody>
                {rows.map((row) => (
                    <Tr key={row.key}>
                        <Th scope="row" dataLabel={t('column.key')} className="ep-break">
                            <Link to={serversOf(row.key)} className="ep-mono">{row.key}</Link>
                        </Th>
                        <Td dataLabel={t('column.servers')}><Servers row={row} /></Td>
                        <Td dataLabel={t('column.feed')} className="ep-break">{row.feed}</Td>
                        <Td dataLabel={t('column.products')}><Products row={row} /></Td>
                        <Td dataLabel={t('column.note')} className="ep-break">
                            <bdi>{row.note}</bdi>
                        </Td>
                        <Td dataLabel={t('column.created')}><Time value={row.created} /></Td>
                        {mayChange && (
                            <Td isActionCell><Actions row={row} onDelete={onDelete} /></Td>
                        )}
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}
