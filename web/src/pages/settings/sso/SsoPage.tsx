// Settings / Single sign-on (SSO-1..13, NEW-SEC-4): what the configuration
// file says, what to register at the provider, and a test.
import { Card, CardBody, CardTitle, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { AdminsOnly } from '@/components/AdminsOnly';
import { Message } from '@/components/Message';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { SsoLines } from './SsoLines';
import { SsoRegister } from './SsoRegister';
import { SsoTest } from './SsoTest';
import { SsoValues } from './SsoValues';
import { missing, type Sso } from './values';

function Parts({ sso }: { sso: Sso }) {
    const { t } = useTranslation('settings');
    return (
        <div className="ep-stack">
            {sso.enabled
                ? <Message variant="success" title={t('sso.on')} />
                : (
                    <Message variant="info" title={t('sso.off')}>
                        {t('sso.missing', { names: missing(sso).join(', ') })}
                    </Message>
                )}
            <Card>
                <CardTitle component="h2">{t('sso.register')}</CardTitle>
                <CardBody><SsoRegister sso={sso} /></CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('sso.configure')}</CardTitle>
                <CardBody><SsoLines sso={sso} /></CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('sso.check')}</CardTitle>
                <CardBody><SsoTest /></CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('sso.values')}</CardTitle>
                <CardBody><SsoValues sso={sso} /></CardBody>
            </Card>
        </div>
    );
}

function SsoSettings() {
    const { t } = useTranslation('settings');
    const sso = useApi('/admin/api/settings/sso');
    return (
        <>
            <PageHeader title={t('sso.title')} description={t('sso.description')} />
            <PageSection>
                <Reading query={sso}>{({ result }) => <Parts sso={result} />}</Reading>
            </PageSection>
        </>
    );
}

export default function SsoPage() {
    const { t } = useTranslation('settings');
    return useMayChange() ? <SsoSettings /> : <AdminsOnly title={t('sso.title')} />;
}
