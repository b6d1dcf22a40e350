// Sorting a list that is here as a whole by one of its columns; column and
// direction live in the address (?sort=created, ?sort=-created).
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ThProps } from '@patternfly/react-table';
import { useAddress } from './useAddress';

/**
 * rows in order, and sort(index) for the header of a column. `cell` says what
 * a row is ordered by in a column. Until somebody sorts the rows stay as they
 * are, and the first column is shown as the sorted one.
 */
export function useSorted<T, C extends string>(
    list: readonly T[], columns: readonly C[], cell: (row: T, column: C) => string | number
) {
    const { i18n } = useTranslation();
    const { params, change } = useAddress();
    const asked = params.get('sort') ?? '';
    const down = asked.startsWith('-');
    const name = down ? asked.slice(1) : asked;
    const column = columns.find((one) => one === name);

    const rows = useMemo(() => {
        if (column === undefined) {
            return list;
        }
        const { compare } = new Intl.Collator(i18n.language, { numeric: true });
        const sign = down ? -1 : 1;
        return [...list].sort((a, b) => {
            const [x, y] = [cell(a, column), cell(b, column)];
            return sign * (typeof x === 'number' && typeof y === 'number'
                ? x - y : compare(String(x), String(y)));
        });
    }, [list, column, down, cell, i18n.language]);

    const sort = (index: number): NonNullable<ThProps['sort']> => ({
        columnIndex: index,
        sortBy: {
            index: Math.max(0, columns.findIndex((one) => one === column)),
            direction: down ? 'desc' : 'asc',
            defaultDirection: 'asc'
        },
        onSort: (_, to, direction) => change({
            sort: `${direction === 'desc' ? '-' : ''}${columns[to] ?? ''}`
        })
    });
    return { rows, sort };
}
