// The dashboard: how many servers there are and how they are, what needs
// attention and where to click, the newest patchsets, and how the portal is.
import { PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { Attention } from './Attention';
import { Counters } from './Counters';
import { FirstSteps } from './FirstSteps';
import { Health } from './Health';
import { Newest } from './Newest';

const EVERY = 30_000; // milliseconds between two looks

export function Dashboard() {
    const { t } = useTranslation('dashboard');
    const mayChange = useMayChange();
    const start = useApi('/admin/api/start', { refetchInterval: EVERY });
    const status = useApi('/admin/api/status', { refetchInterval: EVERY });
    const newest = useApi('/admin/api/patchsets/newest', {
        query: { limit: 8 }, refetchInterval: EVERY
    });

    return (
        <>
            <PageHeader title={t('title')} />
            <PageSection>
                <div className="ep-stack">
                    <Reading query={start}>
                        {({ result }) => (
                            <>
                                {mayChange && newest.data !== undefined
                                    && status.data !== undefined && (
                                    <FirstSteps start={result}
                                        source={status.data.result.patch_source !== null
                                            || newest.data.result.length > 0} />
                                )}
                                <Counters servers={result.servers} />
                            </>
                        )}
                    </Reading>
                    <div className="ep-columns">
                        <Attention />
                        <Reading query={status}>
                            {({ result }) => <Health status={result} />}
                        </Reading>
                    </div>
                    <Reading query={newest}>
                        {({ result }) => <Newest patchsets={result} />}
                    </Reading>
                </div>
            </PageSection>
        </>
    );
}
