// The rows of the list: sorted by a click on a column, selected by their boxes.
import { Checkbox } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { BulkAction, BulkTarget } from '../bulk/useBulk';
import { nameOf, type Server } from '../server/server';
import type { Column } from './columns';
import { RowMenu } from './RowMenu';
import type { Selection } from './useSelection';

/** "-hostname" is the column hostname, descending. */
function useSort(columns: Column[], sort: string, setSort: (sort: string) => void) {
    const name = sort.replace(/^-/, '');
    const index = columns.findIndex((column) => column.sort === name);
    return (columnIndex: number) => ({
        columnIndex,
        sortBy: {
            ...(index >= 0 && { index }),
            direction: sort.startsWith('-') ? 'desc' as const : 'asc' as const
        },
        onSort: (_: unknown, chosen: number, direction: 'asc' | 'desc') =>
            setSort(`${direction === 'desc' ? '-' : ''}${columns[chosen]?.sort ?? ''}`)
    });
}

export function ServerTable({
    servers, columns, sort, setSort, selection, busy, mayChange, onAct
}: {
    servers: Server[];
    columns: Column[];
    sort: string;
    setSort: (sort: string) => void;
    selection: Selection;
    /** these rows are of the page before */
    busy: boolean;
    mayChange: boolean;
    onAct: (action: BulkAction, target: BulkTarget) => void;
}) {
    const { t } = useTranslation('servers');
    const sortOf = useSort(columns, sort, setSort);
    return (
        <div className="ep-scroll">
            <Table variant="compact" aria-label={t('title')} aria-busy={busy}
                className={busy ? 'ep-busy' : ''} gridBreakPoint="grid-md">
                <Thead>
                    <Tr>
                        {mayChange && <Th screenReaderText={t('select.column')} />}
                        {columns.map(({ name, sort: by, number }, i) => (
                            <Th key={name} modifier="nowrap"
                                className={number === true ? 'ep-number' : ''}
                                {...(by !== undefined && { sort: sortOf(i) })}>
                                {t(`column.${name}`)}
                            </Th>
                        ))}
                        <Th screenReaderText={t('row.column')} />
                    </Tr>
                </Thead>
                <Tbody>
                    {servers.map((server) => (
                        <Tr key={server.id}>
                            {mayChange && (
                                <Td>
                                    <Checkbox id={`select-${server.id}`}
                                        aria-label={t('select.row', { name: nameOf(server) })}
                                        isChecked={selection.has(server.id)}
                                        isDisabled={selection.all}
                                        onChange={(_, on) =>
                                            selection.toggle(server.id, on)} />
                                </Td>
                            )}
                            {columns.map(({ name, cell, number }) => (
                                <Td key={name} dataLabel={t(`column.${name}`)}
                                    className={number === true ? 'ep-number' : ''}>
                                    {cell(server)}
                                </Td>
                            ))}
                            <Td isActionCell>
                                <RowMenu server={server} mayChange={mayChange}
                                    onAct={onAct} />
                            </Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
        </div>
    );
}
