// Settings / LDAP (LDAP-3..39): logging in through a directory.
import { useState } from 'react';
import { Card, CardBody, CardTitle, Grid, GridItem, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { useTell } from '@/app/notices';
import { AdminsOnly } from '@/components/AdminsOnly';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { LdapForm } from './LdapForm';
import { LdapHelp } from './LdapHelp';
import { LdapLogins } from './LdapLogins';
import { LdapTest } from './LdapTest';
import type { Edit, Ldap } from './values';

function Parts({ settings }: { settings: Ldap }) {
    const { t } = useTranslation('settings');
    const tell = useTell();
    const [edit, setEdit] = useState<Edit>({});

    return (
        <Grid hasGutter>
            <GridItem xl={7}>
                <div className="ep-stack">
                    <Card>
                        <CardBody>
                            <LdapForm settings={settings} edit={edit} setEdit={setEdit} />
                        </CardBody>
                    </Card>
                    <Card>
                        <CardTitle component="h2">{t('ldap.test.title')}</CardTitle>
                        <CardBody><LdapTest settings={settings} edit={edit} /></CardBody>
                    </Card>
                    <Card>
                        <CardTitle component="h2">{t('ldap.login.title')}</CardTitle>
                        <CardBody><LdapLogins /></CardBody>
                    </Card>
                </div>
            </GridItem>
            <GridItem xl={5}>
                <Card>
                    <CardTitle component="h2">{t('ldap.syntax')}</CardTitle>
                    <CardBody>
                        <LdapHelp onUse={(example) => {
                            setEdit((now) => ({ ...now, ...example }));
                            tell(t('ldap.help.used'), 'info');
                        }} />
                    </CardBody>
                </Card>
            </GridItem>
        </Grid>
    );
}

function LdapSettings() {
    const { t } = useTranslation('settings');
    const ldap = useApi('/admin/api/settings/ldap');
    return (
        <>
            <PageHeader title={t('ldap.title')} description={t('ldap.description')} />
            <PageSection>
                <Reading query={ldap}>
                    {({ result }) => <Parts settings={result} />}
                </Reading>
            </PageSection>
        </>
    );
}

export default function LdapPage() {
    const { t } = useTranslation('settings');
    return useMayChange() ? <LdapSettings /> : <AdminsOnly title={t('ldap.title')} />;
}
