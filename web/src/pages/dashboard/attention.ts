// What needs attention: a rule for each thing that the API can tell cheaply.
// A rule's name is its text (dashboard.json, "needs.<name>").
import type { Answer, GetPath } from '@/api/client';

type Result<P extends GetPath> = Answer<P, 'get'> extends { result: infer R } ? R : never;

/** What is known by now; what is on its way, or not for this user, is missing. */
export interface Known {
    start?: Result<'/admin/api/start'> | undefined;
    status?: Result<'/admin/api/status'> | undefined;
    jobs?: Result<'/admin/api/jobs'> | undefined;
    keys?: Result<'/admin/api/keys'> | undefined;
    feeds?: Result<'/admin/api/feeds'> | undefined;
    ldap?: Result<'/admin/api/settings/ldap'> | undefined;
    passwordMinLength?: number | undefined;
}

export interface Need {
    /** unique among the needs of a moment */
    id: string;
    severity: 'danger' | 'warning' | 'info';
    text: string;
    values: Record<string, string | number>;
    /** named in the text as {{product}} */
    product?: string;
    to: string;
    /** only administrators can do something there: others are given no link */
    admin?: boolean;
}

const GIB = 1024 ** 3;

function ofServers({ start }: Known): Need[] {
    const count = (text: string, severity: Need['severity'], n: number, to: string): Need[] =>
        n === 0 ? [] : [{ id: text, severity, text, values: { count: n }, to }];
    return start === undefined ? [] : [
        ...count('outdated', 'warning', start.servers.outdated, '/servers?is_updated=false'),
        ...count('silent', 'info', start.servers.silent, '/servers?state=silent'),
        ...count('unsupported', 'info', start.servers.unsupported,
            '/servers?is_supported=false')
    ];
}

function ofPortal({ status, ldap, passwordMinLength }: Known): Need[] {
    const needs: Need[] = [];
    const add = (text: string, severity: Need['severity'], to: string,
        values: Need['values'] = {}) =>
        needs.push({
            id: text, severity, text, values, to, admin: to.startsWith('/settings/')
        });

    if (status !== undefined) {
        if (!status.daemon) {
            add('daemon', 'danger', '/jobs');
        }
        if (status.disk_free < GIB) {
            add('diskFull', 'danger', '/settings/general');
        } else if (status.disk_free < status.disk_size / 20) {
            add('diskShort', 'warning', '/settings/general');
        }
        if (status.patch_source === null) {
            add('noSource', 'info', '/settings/source');
        } else if (status.poll_failures > 0) {
            add('pollFails', status.poll_failures > 2 ? 'danger' : 'warning',
                '/settings/source',
                { count: status.poll_failures, result: status.last_poll_result });
        }
        if (status.to_be_downloaded > 0) {
            add('waiting', 'info', '/jobs', { count: status.to_be_downloaded });
        }
    }
    for (const { code } of ldap?.warnings ?? []) {
        add(`ldap.${code}`, 'warning', '/settings/ldap');
    }
    if (passwordMinLength !== undefined && passwordMinLength < 8) {
        add('shortPasswords', 'info', '/settings/users', { count: passwordMinLength });
    }
    return needs;
}

/** The poll has a line of its own, which says more. */
function ofJobs({ jobs = [] }: Known): Need[] {
    return jobs.filter(({ name, state }) => state === 'failed' && name !== 'poll')
        .map(({ name, failures, result }) => ({
            id: `job ${name}`, severity: 'warning', text: 'job', to: '/jobs',
            values: { name, count: failures, result }
        }));
}

/** Enabled here although the patch source has taken it back: "Enabled (!)". */
function ofPatchsets({ status }: Known): Need[] {
    return Object.entries(status?.withdrawn ?? {}).map(([product, count]) => ({
        id: `withdrawn ${product}`, severity: 'danger', text: 'withdrawn',
        values: { count }, product, to: `/patches/${product}?state=enabled-warning`
    }));
}

function ofKeys({ keys = [], feeds = [] }: Known): Need[] {
    return [
        ...keys.filter(({ server_limit: limit, servers }) => limit > 0 && servers >= limit * 0.9)
            .map(({ key, servers, server_limit: limit }): Need => ({
                id: `key ${key}`, severity: servers >= limit ? 'warning' : 'info',
                text: servers >= limit ? 'keyFull' : 'keyNearLimit',
                values: { name: key, servers, limit },
                to: `/keys/${encodeURIComponent(key)}`, admin: true
            })),
        ...feeds.filter(({ name, keys: bound }) => name !== 'main' && bound === 0)
            .map(({ name }): Need => ({
                id: `feed ${name}`, severity: 'info', text: 'feedWithoutKeys',
                values: { name }, to: '/feeds'
            }))
    ];
}

const ORDER = { danger: 0, warning: 1, info: 2 };

/** The gravest first. */
export function needsOf(known: Known): Need[] {
    return [ofPatchsets, ofPortal, ofServers, ofJobs, ofKeys]
        .flatMap((rule) => rule(known))
        .sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
