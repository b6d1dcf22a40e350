// What is known of a server: what its agent tells, and when it did.
import type { ReactNode } from 'react';
import {
    DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';
import { Time } from '@/components/Time';
import type { OneServer } from './server';
import { Uptime } from './Uptime';

/** Texts of the agent, in the order that they are shown. */
const facts = [
    'hostname', 'ip', 'distro', 'distro_version', 'release', 'euname', 'version', 'machine',
    'processor', 'virt', 'kernel_id', 'kcare_version', 'patch_type'
] as const;

export function FactsTab({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const rows: [string, ReactNode][] = [
        ['server_id', <span className="ep-mono ep-break">{server.server_id}</span>],
        ['key', <Link to={serversLink({ key: server.key })}>{server.key}</Link>],
        ['feed', <Link to={serversLink({ feed: server.feed })}>{server.feed}</Link>],
        ['registered', <Time value={server.registered} />],
        ['checkin', <Time value={server.checkin} />],
        ['updated', <Time value={server.updated} />],
        ['uptime', <Uptime seconds={server.uptime} />],
        ...facts.map((name): [string, ReactNode] => [
            name,
            server[name] === null ? t('unknown')
                : <span className="ep-break" dir="auto">{server[name]}</span>
        ])
    ];
    return (
        <DescriptionList isHorizontal isCompact
            horizontalTermWidthModifier={{ default: '12ch', md: '24ch' }}>
            {rows.map(([name, value]) => (
                <DescriptionListGroup key={name}>
                    <DescriptionListTerm>{t(`fact.${name}`)}</DescriptionListTerm>
                    <DescriptionListDescription>{value}</DescriptionListDescription>
                </DescriptionListGroup>
            ))}
        </DescriptionList>
    );
}
