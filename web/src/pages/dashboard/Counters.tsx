// How many servers there are, and how they are (STAT-1..3). Each number leads
// to the servers that it counts.
import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Answer } from '@/api/client';
import './dashboard.css';

type Servers = Answer<'/admin/api/start', 'get'>['result']['servers'];

const COUNTERS: [keyof Servers, string][] = [
    ['total', ''],
    ['active', '?state=active'],
    ['silent', '?state=silent'],
    ['never', '?state=never'],
    ['outdated', '?is_updated=false'],
    ['unsupported', '?is_supported=false']
];

export function Counters({ servers, links = true }: {
    servers: Servers;
    /** who is not logged in sees the numbers alone */
    links?: boolean;
}) {
    const { t, i18n } = useTranslation('dashboard');
    const number = new Intl.NumberFormat(i18n.language);
    return (
        <Card component="section">
            <CardTitle component="h2">{t('servers.title')}</CardTitle>
            <CardBody>
                <ul className="ep-start-counters">
                    {COUNTERS.map(([name, query]) => {
                        const text = (
                            <>
                                <span className="ep-start-counter-number">
                                    {number.format(servers[name])}
                                </span>{' '}
                                <span className="ep-start-counter-name">
                                    {t(`servers.${name}`)}
                                </span>
                            </>
                        );
                        return (
                            <li key={name}>
                                {links ? (
                                    <Link to={`/servers${query}`} className="ep-start-counter">
                                        {text}
                                    </Link>
                                ) : <span className="ep-start-counter">{text}</span>}
                            </li>
                        );
                    })}
                </ul>
            </CardBody>
        </Card>
    );
}
