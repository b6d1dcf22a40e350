// Documentation (AGT-1): how agents come to this portal, with its address and
// a key of one's choice in every command.
import { useState } from 'react';
import { Card, CardBody, CardTitle, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { AgentSteps } from './AgentSteps';
import { ApiLinks } from './ApiLinks';
import { Automation } from './Automation';
import { Chosen } from './Chosen';
import { Offline } from './Offline';
import { portalOf } from './portal';

export default function DocsPage() {
    const { t } = useTranslation('docs');
    const { session } = useSession();
    const own = session?.base_url ?? window.location.origin;
    const [typed, setTyped] = useState<string | null>(null);
    const [key, setKey] = useState('');
    const portal = portalOf(typed ?? own) ?? own;

    return (
        <>
            <PageHeader title={t('title')} description={t('description')} />
            <PageSection>
                <div className="ep-stack">
                    <Card>
                        <CardBody>
                            <Chosen address={typed ?? own} setAddress={setTyped}
                                chosen={key} setKey={setKey} />
                        </CardBody>
                    </Card>
                    <AgentSteps portal={portal} keyName={key} />
                    <Automation portal={portal} keyName={key} />
                    <Card>
                        <CardTitle component="h2">{t('offline.title')}</CardTitle>
                        <CardBody><Offline /></CardBody>
                    </Card>
                    <Card>
                        <CardTitle component="h2">{t('api.title')}</CardTitle>
                        <CardBody><ApiLinks portal={own} /></CardBody>
                    </Card>
                </div>
            </PageSection>
        </>
    );
}
