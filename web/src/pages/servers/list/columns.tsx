// The columns of the list of servers, and which of them one wants to see.
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';
import { Time } from '@/components/Time';
import { nameOf, patchsetLink, serverLink, tagsOf, type Server } from '../server/server';
import { StateLabel } from '../server/StateLabel';
import { TagLabels } from '../server/TagLabels';
import { Uptime } from '../server/Uptime';

export interface Column {
    /** texts are servers.column.<name> */
    name: string;
    cell: (server: Server) => ReactNode;
    /** the API's word to sort by */
    sort?: string;
    /** shown until somebody says otherwise */
    usual?: boolean;
    number?: boolean;
}

function text(value: string | null): ReactNode {
    return <span className="ep-cell" dir="auto">{value}</span>;
}

function wordsOf(...parts: (string | null)[]): string {
    return parts.filter((part) => part !== null).join(' ');
}

export const columns: Column[] = [
    {
        name: 'hostname', sort: 'hostname', usual: true,
        cell: (server) => (
            <Link to={serverLink(server.id)} className="ep-cell ep-clamp" dir="auto">
                {nameOf(server)}
            </Link>
        )
    },
    { name: 'ip', sort: 'ip', usual: true, cell: ({ ip }) => text(ip) },
    {
        name: 'tags', usual: true,
        cell: (server) => <TagLabels tags={tagsOf(server)} shown={2} />
    },
    { name: 'euname', sort: 'euname', usual: true, cell: ({ euname }) => text(euname) },
    {
        name: 'patchset', usual: true,
        cell: ({ patchset }) => patchset !== null && (
            <Link to={patchsetLink(patchset)}>{patchset}</Link>
        )
    },
    { name: 'state', usual: true, cell: (server) => <StateLabel server={server} /> },
    {
        name: 'checkin', sort: 'checkin', usual: true,
        cell: ({ checkin }) => <Time value={checkin} relative />
    },
    {
        name: 'registered', sort: 'registered', usual: true,
        cell: ({ registered }) => <Time value={registered} />
    },
    {
        name: 'key', sort: 'key', usual: true,
        cell: ({ key }) => <Link to={serversLink({ key })} className="ep-cell">{key}</Link>
    },
    {
        name: 'feed', sort: 'feed',
        cell: ({ feed }) => <Link to={serversLink({ feed })} className="ep-cell">{feed}</Link>
    },
    {
        name: 'patch_level', sort: 'patch_level', number: true,
        cell: ({ patch_level }) => patch_level
    },
    {
        name: 'server_id', sort: 'server_id',
        cell: ({ server_id }) => <span className="ep-mono">{server_id}</span>
    },
    {
        name: 'distro', sort: 'distro',
        cell: ({ distro, distro_version }) => text(wordsOf(distro, distro_version))
    },
    { name: 'release', sort: 'release', cell: ({ release }) => text(release) },
    { name: 'machine', cell: ({ machine }) => text(machine) },
    { name: 'virt', cell: ({ virt }) => text(virt) },
    {
        name: 'uptime', sort: 'uptime', number: true,
        cell: ({ uptime }) => <Uptime seconds={uptime} />
    },
    {
        name: 'updated', sort: 'updated',
        cell: ({ updated }) => <Time value={updated} relative />
    },
    { name: 'kcare_version', cell: ({ kcare_version }) => text(kcare_version) }
];

const STORED = 'eportal-server-columns';
const usual = columns.filter((column) => column.usual).map(({ name }) => name);

function stored(): string[] {
    const names = localStorage.getItem(STORED)?.split(',') ?? usual;
    const known = names.filter((name) => columns.some((column) => column.name === name));
    return known.length > 0 ? known : usual;
}

/** The shown columns; the first one, which names the server, always is. */
export function useColumns() {
    const [names, setNames] = useState(stored);
    const show = (now: string[]) => {
        localStorage.setItem(STORED, now.join(','));
        setNames(now);
    };
    return {
        shown: columns.filter(({ name }, i) => i === 0 || names.includes(name)),
        toggle: (name: string) => show(names.includes(name)
            ? names.filter((other) => other !== name) : [...names, name]),
        reset: () => show(usual)
    };
}
