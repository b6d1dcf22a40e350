// LDAP-26..30: what happens when somebody logs in.
import { Content } from '@patternfly/react-core';
import { Trans, useTranslation } from 'react-i18next';
import { Link } from 'react-router';

export function LdapLogins() {
    const { t } = useTranslation('settings');
    return (
        <Content>
            <ol>
                <li>{t('ldap.login.local')}</li>
                <li>{t('ldap.login.directory')}</li>
                <li>{t('ldap.login.first')}</li>
                <li>
                    <Trans t={t} i18nKey="ldap.login.role"
                        components={{ users: <Link to="/settings/users" /> }} />
                </li>
            </ol>
        </Content>
    );
}
