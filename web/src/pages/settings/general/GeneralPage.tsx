// Settings / General: everything that is set, and by what.
import { Button, Card, CardBody, CardTitle, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { AdminsOnly } from '@/components/AdminsOnly';
import { Message } from '@/components/Message';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { HowToChange } from './HowToChange';
import { SettingsTable } from './SettingsTable';
import type { Setting } from './values';

const SAFE_LENGTH = 8; // ASVS 6.2.1

/** TRAP-11: the default of old versions is shorter than is safe today. */
function WeakPasswords({ settings }: { settings: Setting[] }) {
    const { t } = useTranslation('settings');
    const length = Number(settings
        .find(({ name }) => name === 'AUTH_PASSWORD_MIN_LENGTH')?.value);
    if (!(length < SAFE_LENGTH)) {
        return null;
    }
    return (
        <Message variant="warning" title={t('general.weak', { count: length })}>
            {t('general.weakBody', { count: length })}
        </Message>
    );
}

function General() {
    const { t } = useTranslation('settings');
    const settings = useApi('/admin/api/settings');
    return (
        <>
            <PageHeader title={t('general.title')} description={t('general.description')}
                actions={
                    <Button variant="secondary" component="a" href="#how-to-change">
                        {t('general.how')}
                    </Button>
                } />
            <PageSection>
                <Reading query={settings}>
                    {({ result }) => (
                        <div className="ep-stack">
                            <WeakPasswords settings={result} />
                            <SettingsTable settings={result} />
                        </div>
                    )}
                </Reading>
            </PageSection>
            <PageSection>
                <Card id="how-to-change">
                    <CardTitle component="h2">{t('general.how')}</CardTitle>
                    <CardBody><HowToChange /></CardBody>
                </Card>
            </PageSection>
        </>
    );
}

export default function GeneralPage() {
    const { t } = useTranslation('settings');
    return useMayChange() ? <General /> : <AdminsOnly title={t('general.title')} />;
}
