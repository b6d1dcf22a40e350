// The matrix of patchsets and feeds as the page thinks of it: states, the view
// that the address asks for, and the rows that fit.
import type { Answer } from '@/api/client';
import type { Cell as Field } from '@/components/csv';
import { isState, stateOf, type State } from './states';

export type Matrix = Answer<'/admin/api/patchsets/matrix', 'get'>['result'];
export type Feed = Matrix['feeds'][number];
export type Row = Matrix['patchsets'][number];
export type Cell = Row['feeds'][number];

export const sorts = ['-patchset', 'patchset', '-usage', 'usage'] as const;
export type Sort = typeof sorts[number];

export interface View {
    distros: string[];
    states: State[];
    search: string;
    /** only what servers run */
    used: boolean;
    /** also what is not here and cannot be had */
    unavailable: boolean;
    sort: Sort;
}

/** What of the address makes the view: a page or a dialog makes no other one. */
export function viewQuery(params: URLSearchParams): string {
    const own = new URLSearchParams(params);
    for (const name of ['page', 'size', 'manage']) {
        own.delete(name);
    }
    return own.toString();
}

export function viewOf(params: URLSearchParams): View {
    const sort = params.get('sort');
    return {
        distros: [...new Set(params.getAll('distro'))],
        states: [...new Set(params.getAll('state'))].filter(isState),
        search: params.get('search') ?? '',
        used: params.get('used') === 'true',
        unavailable: params.get('unavailable') === 'true',
        sort: sorts.find((one) => one === sort) ?? '-patchset'
    };
}

/** Not here, and for no feed to be had. */
export function isUnavailable({ feeds }: Row): boolean {
    return feeds.every((cell) => stateOf(cell) === 'not-available');
}

export function hasWarning({ feeds }: Row): boolean {
    return feeds.some((cell) => stateOf(cell) === 'enabled-warning');
}

export function isWaiting({ feeds }: Row): boolean {
    return feeds.some(({ waiting }) => waiting !== null);
}

export function distrosOf(rows: readonly Row[]): string[] {
    const { compare } = new Intl.Collator('en', { numeric: true });
    return [...new Set(rows.flatMap(({ distros }) => distros))].sort(compare);
}

function fits(row: Row, view: View): boolean {
    const { distros, states, search, used } = view;
    return (!used || row.usage > 0)
        && (distros.length === 0 || row.distros.some((one) => distros.includes(one)))
        && (states.length === 0 || row.feeds.some((cell) => states.includes(stateOf(cell))))
        && row.patchset.toLowerCase().includes(search.trim().toLowerCase());
}

/**
 * The rows that fit, in order, and how many more would if those were shown
 * that are not available. The portal lists patchsets from old to new.
 */
export function rowsOf(all: readonly Row[], view: View): { rows: Row[]; hidden: number } {
    const show = view.unavailable || view.states.includes('not-available');
    const fitting = all.filter((row) => fits(row, view));
    const rows = show ? fitting : fitting.filter((row) => !isUnavailable(row));
    const hidden = fitting.length - rows.length;
    if (view.sort.endsWith('usage')) {
        const sign = view.sort === 'usage' ? 1 : -1;
        rows.reverse();
        rows.sort((a, b) => sign * (a.usage - b.usage));
    } else if (view.sort === '-patchset') {
        rows.reverse();
    }
    return { rows, hidden };
}

/** The rows for a spreadsheet, with the words of the API. */
export function fileOf(feeds: readonly Feed[], rows: readonly Row[]): Field[][] {
    return [
        ['patchset', 'usage', 'distros', 'cves', ...feeds.flatMap(({ name }) =>
            [`${name}: state`, `${name}: servers`])],
        ...rows.map(({ patchset, usage, distros, cves, feeds }) => [
            patchset, usage, distros.join(' '), cves,
            ...feeds.flatMap(({ shown, servers }) => [shown, servers])
        ])
    ];
}
