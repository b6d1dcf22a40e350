// Settings / Patch source (SRC-1..5): where patchsets come from.
import { Card, CardBody, CardTitle, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { SourceForm } from './SourceForm';
import { SourcePoll } from './SourcePoll';

export default function SourcePage() {
    const { t } = useTranslation('settings');
    const source = useApi('/admin/api/settings/source');
    return (
        <>
            <PageHeader title={t('source.title')} description={t('source.description')} />
            <Reading query={source}>
                {({ result }) => (
                    <PageSection>
                        <div className="ep-stack">
                            <Card>
                                <CardBody><SourceForm settings={result} /></CardBody>
                            </Card>
                            <Card>
                                <CardTitle component="h2">
                                    {t('source.newPatchsets')}
                                </CardTitle>
                                <CardBody><SourcePoll configured={result.configured} /></CardBody>
                            </Card>
                        </div>
                    </PageSection>
                )}
            </Reading>
        </>
    );
}
