// The free software that the portal and its console stand on.
import { Content } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { dependencies } from '../../../../package.json';

const portal = [
    'nginx', 'SQLite', 'OpenSSL', 'libcurl', 'libarchive', 'json-c', 'OpenLDAP', 'PCRE2',
    'zlib', 'libxcrypt', 'libsmartcols', 'libsystemd'
];

export function Libraries() {
    const { t } = useTranslation('docs');
    return (
        <Content>
            <p>{t('about.ofPortal')}</p>
            <p>{portal.join(', ')}</p>
            <p>{t('about.ofConsole')}</p>
            <ul>
                {Object.entries(dependencies).map(([name, version]) => (
                    <li key={name}>{name} {version}</li>
                ))}
            </ul>
        </Content>
    );
}
