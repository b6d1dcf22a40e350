// Registration keys as the API lists them, and what a view shows of them.
import type { Answer } from '@/api/client';
import { useApi } from '@/api/hooks';

export type Key = Answer<'/admin/api/keys', 'get'>['result'][number];
export type KeyProduct = Key['products'][number];

export const keyProducts: KeyProduct[] = ['kernel', 'libcare', 'qemu', 'db', 'tuxcare-esu'];

/** From so many servers on, deleting a key wants its name typed. */
export const MANY = 10;

export const sorts = ['key', '-key', 'servers', '-servers', 'created', '-created'] as const;
export type Sort = typeof sorts[number];

export interface View {
    search: string;
    feeds: string[];
    sort: Sort;
}

export function viewOf(params: URLSearchParams): View {
    return {
        search: params.get('search') ?? '',
        feeds: params.getAll('feed'),
        sort: sorts.find((sort) => sort === params.get('sort')) ?? 'key'
    };
}

function compare(a: Key, b: Key, column: string): number {
    switch (column) {
    case 'servers':
        return a.servers - b.servers;
    case 'created':
        return (a.created ?? '').localeCompare(b.created ?? '');
    default:
        return a.key.localeCompare(b.key, 'en', { numeric: true });
    }
}

export function rowsOf(keys: readonly Key[], { search, feeds, sort }: View): Key[] {
    const wanted = search.trim().toLowerCase();
    const sign = sort.startsWith('-') ? -1 : 1;
    const column = sort.replace('-', '');
    return keys
        .filter(({ key, note, feed }) => (feeds.length === 0 || feeds.includes(feed))
            && `${key}\n${note ?? ''}`.toLowerCase().includes(wanted))
        .sort((a, b) => sign * compare(a, b, column) || compare(a, b, 'key'));
}

export function isFull({ servers, server_limit }: Key): boolean {
    return server_limit > 0 && servers >= server_limit;
}

/** Where a key is edited. One may be called "new", as the page for new ones. */
export function editAddress(key: string): string {
    return key === 'new' ? '/keys/new?edit' : `/keys/${encodeURIComponent(key)}`;
}

export function serversOf(key: string): string {
    return `/servers?${new URLSearchParams({ key })}`;
}

export function useKeys() {
    return useApi('/admin/api/keys');
}
