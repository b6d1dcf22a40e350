// Feeds as the API lists them.
import type { Answer, GetPath } from '@/api/client';
import { useApi } from '@/api/hooks';

export type Feed = Answer<'/admin/api/feeds', 'get'>['result'][number];
export type Channel = Feed['channel'];

export const channels: Channel[] = ['default', 'test', 'unstable'];

/** The feed that is always there, and that no page changes (CLI-3). */
export const MAIN = 'main';

/** What shows feeds or depends on them. */
export const stale: GetPath[] = [
    '/admin/api/feeds', '/admin/api/keys', '/admin/api/patchsets/matrix',
    '/admin/api/servers', '/admin/api/overview'
];

export function useFeeds() {
    return useApi('/admin/api/feeds');
}

/** How long a patchset rests after it appeared (FEED-6), in hours. */
export const DELAY_MAX = 8760;
