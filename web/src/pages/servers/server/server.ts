// A server as the API tells of it, and what follows from that.
import type { Answer } from '@/api/client';
import { parseTime } from '@/components/Time';

export type Server = Answer<'/admin/api/servers', 'get'>['result'][number];
export type OneServer = Answer<'/admin/api/servers/{id}', 'get'>['result'];
export type Level = NonNullable<OneServer['patch']['current']>;
export type State = 'active' | 'silent' | 'never';

const ACTIVE_MS = 48 * 3_600_000;

/** As the API counts: active is a check-in within 48 hours. */
export function stateOf({ checkin }: Pick<Server, 'checkin'>): State {
    if (checkin === null) {
        return 'never';
    }
    return Date.now() - parseTime(checkin).getTime() <= ACTIVE_MS ? 'active' : 'silent';
}

/** What a server is called: its host name, or its id when it has none. */
export function nameOf({ hostname, server_id }: Pick<Server, 'hostname' | 'server_id'>): string {
    return hostname ?? server_id;
}

/** "env:prod;ubuntu" */
export function tagsOf({ tags }: Pick<Server, 'tags'>): string[] {
    return (tags ?? '').split(';').map((tag) => tag.trim()).filter((tag) => tag !== '');
}

/** Servers run patchsets of kernels. */
export function patchsetLink(patchset: string): string {
    return `/patches/kernel/${encodeURIComponent(patchset)}`;
}

export function serverLink(id: string, tab?: string): string {
    return `/servers/${encodeURIComponent(id)}${tab === undefined ? '' : `?tab=${tab}`}`;
}
