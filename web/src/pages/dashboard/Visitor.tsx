// What who is not logged in sees: how many servers there are, and the way in.
import { PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { Counters } from './Counters';

export function Visitor() {
    const { t } = useTranslation('dashboard');
    const start = useApi('/admin/api/start');
    return (
        <>
            <PageHeader title={t('title')} description={t('visitor')} />
            <PageSection>
                <Reading query={start}>
                    {({ result }) => <Counters servers={result.servers} links={false} />}
                </Reading>
            </PageSection>
        </>
    );
}
