// How many servers there are and how they do; each number is a link to them.
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '@/api/hooks';
import { serversLink } from '@/components/serversLink';
import { sameFilter, type Filter } from '../filter/filter';

type Counter = 'total' | 'active' | 'silent' | 'never' | 'outdated';

const filters: Record<Counter, Filter> = {
    total: {},
    active: { state: 'active' },
    silent: { state: 'silent' },
    never: { state: 'never' },
    outdated: { is_updated: 'false' }
};

export function Counters({ filter }: { filter: Filter }) {
    const { t, i18n } = useTranslation('servers');
    const { data } = useApi('/admin/api/start');
    const number = new Intl.NumberFormat(i18n.language);
    return (
        <ul className="ep-counters" aria-label={t('counters.label')}>
            {(Object.keys(filters) as Counter[]).map((name) => (
                <li key={name}>
                    <Link to={serversLink(filters[name])} className={`ep-counter ep-${name}`}
                        aria-current={sameFilter(filter, filters[name]) ? 'true' : undefined}>
                        <span className="ep-counter-number">
                            {data === undefined ? '…' : number.format(data.result.servers[name])}
                        </span>
                        <span>{t(`counters.${name}`)}</span>
                    </Link>
                </li>
            ))}
        </ul>
    );
}
