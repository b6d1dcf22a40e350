// Tags as the table of a server has them, and as the API takes them.
import type { OneServer } from './server';

type Tag = OneServer['portal_tags'][number];

export interface TagRow {
    name: string;
    value: string;
    assigned: boolean;
    /** one that was typed here, and is no tag of the portal yet */
    isNew?: boolean;
}

/** The tags of a server that this portal may change, then those it has not. */
export function tagRows(assigned: Tag[], names: string[]): TagRow[] {
    const has = new Set(assigned.map(({ name }) => name));
    return [
        ...assigned.map(({ name, value }) => ({ name, value: value ?? '', assigned: true })),
        ...names.filter((name) => !has.has(name))
            .map((name) => ({ name, value: '', assigned: false }))
    ];
}

/** "env:prod;ubuntu" */
export function formatTags(rows: TagRow[]): string {
    return rows.filter(({ assigned, name }) => assigned && name.trim() !== '')
        .map(({ name, value }) =>
            (value.trim() === '' ? name.trim() : `${name.trim()}:${value.trim()}`))
        .join(';');
}

/** A name that the API would read as something else. */
export function isBadName(name: string): boolean {
    return name.trim() === '' || /[;:]/.test(name);
}

export function isBadValue(value: string): boolean {
    return value.includes(';');
}
