// What servers can be asked for. A filter is a set of parameters with the
// names that the API gives them, and lives in the page's address.
import type { Params } from '@/api/client';

export type ServerQuery = Params<'/admin/api/servers', 'get'>;
export type Filter = Record<string, string>;

/** How a value is given. */
export type Kind = 'text' | 'choice' | 'number' | 'age';

export interface Attribute {
    name: string;
    kind: Kind;
    /** of a choice: the parameter and value that each stands for */
    choices?: { param: string; value: string }[];
}

function text(name: string): Attribute {
    return { name, kind: 'text' };
}

function choice(name: string, ...choices: [string, string][]): Attribute {
    return {
        name, kind: 'choice',
        choices: choices.map(([param, value]) => ({ param, value }))
    };
}

/** In the order of the menu. */
export const attributes: Attribute[] = [
    text('key'),
    text('feed'),
    text('tag'),
    choice('state', ['state', 'active'], ['state', 'silent'], ['state', 'never']),
    choice('is_updated', ['is_updated', 'true'], ['is_updated', 'false'],
        ['is_supported', 'false']),
    text('hostname'),
    text('ip'),
    text('server_id'),
    text('distro'),
    text('distro_version'),
    text('release'),
    text('euname'),
    text('kernel_id'),
    text('patchset'),
    { name: 'patch_level', kind: 'number' },
    choice('uptime', ['uptime', 'under-6'], ['uptime', '6-12'], ['uptime', '12-18'],
        ['uptime', 'over-18'], ['uptime', 'unknown']),
    text('machine'),
    text('virt'),
    { name: 'registered_age', kind: 'age' },
    { name: 'checkin_age', kind: 'age' },
    { name: 'updated_age', kind: 'age' }
];

/** Every parameter that belongs to a filter. */
export const names = ['search', 'is_supported', ...attributes.map(({ name }) => name)];

export function readFilter(params: URLSearchParams): Filter {
    return Object.fromEntries(names.flatMap((name) => {
        const value = params.get(name)?.trim() ?? '';
        return value === '' ? [] : [[name, value]];
    }));
}

/** As the API takes it; what is no valid value is its to refuse. */
export function toQuery(filter: Filter): ServerQuery {
    return filter as ServerQuery;
}

export function sameFilter(a: Filter, b: Filter): boolean {
    const count = Object.keys(a).length;
    return count === Object.keys(b).length
        && Object.entries(a).every(([name, value]) => b[name] === value);
}

export interface Age {
    within: boolean;
    count: number;
    unit: 'days' | 'hours';
}

/** "30", "12h", "-2"; null when it is none. */
export function parseAge(text: string): Age | null {
    const found = /^(-?)(\d{1,6})(h?)$/.exec(text);
    return found === null ? null : {
        within: found[1] === '-',
        count: Number(found[2]),
        unit: found[3] === 'h' ? 'hours' : 'days'
    };
}

export function formatAge({ within, count, unit }: Age): string {
    return `${within ? '-' : ''}${count}${unit === 'hours' ? 'h' : ''}`;
}
