// Servers by operating system or by kernel: the ten largest groups, all others
// together, and the sum (NEW-OVW-4, 5). The others come when one asks.
import { useState } from 'react';
import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';
import type { Filter } from '../filter/filter';
import { MORE_GROUPS, type ProductGroup } from './parts';

const TOP = 10;

export type ProductColumn =
    'kernelcare_active' | 'kernelcare_silent' | 'libcare_active' | 'libcare_silent';

type Row = Omit<ProductGroup, 'name'>;

function sum(rows: Row[]): Row {
    const none = {
        total: 0, active: 0, silent: 0, kernelcare_active: 0, kernelcare_silent: 0,
        libcare_active: 0, libcare_silent: 0
    };
    return rows.reduce((all, row) => {
        const next = { ...all };
        for (const name of Object.keys(none) as (keyof Row)[]) {
            next[name] += row[name];
        }
        return next;
    }, none);
}

export function GroupTable({ title, param, groups, columns, filter, never }: {
    title: string;
    /** what a row's name is to the filter */
    param: string;
    groups: ProductGroup[];
    columns: ProductColumn[];
    filter: Filter;
    /** how many of the selected servers never checked in */
    never: number;
}) {
    const { t, i18n } = useTranslation('overview');
    const [count, setCount] = useState(TOP);
    const number = new Intl.NumberFormat(i18n.language);
    const shown = groups.slice(0, count);
    const rest = groups.slice(count);

    /** A link when the filter says exactly what the number counts. */
    const cell = (row: Row, column: ProductColumn, base: Filter | null) => {
        const state = column.endsWith('_active') ? 'active' : 'silent';
        const exact = row[column] > 0 && row[column] === row[state]
            && (state === 'active' || never === 0);
        return base !== null && exact ? (
            <Link to={serversLink({ ...base, state })}>{number.format(row[column])}</Link>
        ) : number.format(row[column]);
    };
    const cells = (row: Row, base: Filter | null) => (
        <>
            <Td dataLabel={t('table.total')} className="ep-number">
                {base !== null && row.total > 0
                    ? <Link to={serversLink(base)}>{number.format(row.total)}</Link>
                    : number.format(row.total)}
            </Td>
            {columns.map((column) => (
                <Td key={column} dataLabel={t(`table.${column}`)} className="ep-number">
                    {cell(row, column, base)}
                </Td>
            ))}
        </>
    );
    return (
        <Card isCompact component="section">
            <CardTitle component="h2">{title}</CardTitle>
            <CardBody>
                <Table variant="compact" aria-label={title} gridBreakPoint="grid-md">
                    <Thead>
                        <Tr>
                            <Th modifier="wrap" width={30}>{t(`table.${param}`)}</Th>
                            <Th modifier="wrap" className="ep-number">{t('table.total')}</Th>
                            {columns.map((column) => (
                                <Th key={column} modifier="wrap" className="ep-number">
                                    {t(`table.${column}`)}
                                </Th>
                            ))}
                        </Tr>
                    </Thead>
                    <Tbody>
                        {shown.map((group) => {
                            const base = { ...filter, [param]: group.name };
                            return (
                                <Tr key={group.name}>
                                    <Td dataLabel={t(`table.${param}`)}>
                                        <Link to={serversLink(base)} className="ep-break">
                                            <bdi>
                                                {group.name === 'unknown'
                                                    ? t('unknown') : group.name}
                                            </bdi>
                                        </Link>
                                    </Td>
                                    {cells(group, base)}
                                </Tr>
                            );
                        })}
                        {rest.length > 0 && (
                            <Tr>
                                <Td dataLabel={t(`table.${param}`)}>
                                    <Button variant="link" isInline
                                        onClick={() => setCount(count + MORE_GROUPS)}>
                                        {t('otherCount', { count: rest.length })}
                                    </Button>
                                </Td>
                                {cells(sum(rest), null)}
                            </Tr>
                        )}
                        <Tr className="ep-total">
                            <Td dataLabel={t(`table.${param}`)}>{t('table.sum')}</Td>
                            {cells(sum(groups), filter)}
                        </Tr>
                    </Tbody>
                </Table>
            </CardBody>
        </Card>
    );
}
