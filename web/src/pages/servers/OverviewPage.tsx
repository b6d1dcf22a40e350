// Statistics of the selected servers (NEW-OVW-1): the filter is the list's own,
// and each number leads back to the list.
import { PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '@/api/hooks';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { serversLink } from '@/components/serversLink';
import { toQuery } from './filter/filter';
import { FilterBar } from './filter/FilterBar';
import { useFilter } from './filter/useFilter';
import { NoMatch, NoServers } from './list/NoServers';
import { Statistics } from './overview/Statistics';
import './servers.css';

export default function OverviewPage() {
    const { t, i18n } = useTranslation('overview');
    const control = useFilter();
    const { filter } = control;
    const query = useApi('/admin/api/overview', { keep: true, query: toQuery(filter) });
    const start = useApi('/admin/api/start');
    const number = new Intl.NumberFormat(i18n.language);
    const all = start.data?.result.servers.total;
    const selected = query.data?.result.total;

    return (
        <>
            <PageHeader title={t('title')} actions={
                <Link to={serversLink(filter)}>{t('list')}</Link>
            } description={
                <span role="status">
                    {selected === undefined || all === undefined ? '…' : t('selected', {
                        selected: number.format(selected), all: number.format(all)
                    })}
                </span>
            } />
            <PageSection className={query.isPlaceholderData ? 'ep-busy' : ''}>
                <FilterBar control={control} />
                <Reading query={query}>
                    {({ result }) => {
                        if (result.total > 0) {
                            return <Statistics overview={result} filter={filter} />;
                        }
                        return control.key === ''
                            ? <NoServers /> : <NoMatch onReset={control.reset} />;
                    }}
                </Reading>
            </PageSection>
        </>
    );
}
