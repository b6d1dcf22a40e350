// SSO-6..12: what to write into the configuration file.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Title } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyBlock } from '@/components/CopyBlock';
import { lines, type Sso } from './values';

export function SsoLines({ sso }: { sso: Sso }) {
    const { t } = useTranslation('settings');
    const text = lines(sso);
    const providers = [
        ['Okta', t('sso.okta')],
        ['Keycloak', t('sso.keycloak')],
        ['Entra ID', t('sso.entra')]
    ] as const;
    return (
        <div className="ep-stack">
            <p>{t('sso.configureBody')}</p>
            {text !== '' && <CopyBlock label={t('sso.lines')}>{text}</CopyBlock>}
            <Title headingLevel="h3" size="md">{t('sso.providers')}</Title>
            <Table variant="compact" aria-label={t('sso.providers')}>
                <Thead>
                    <Tr>
                        <Th>{t('sso.provider')}</Th>
                        <Th>{t('sso.addresses')}</Th>
                    </Tr>
                </Thead>
                <Tbody>
                    {providers.map(([name, addresses]) => (
                        <Tr key={name}>
                            <Td dataLabel={t('sso.provider')}>{name}</Td>
                            <Td dataLabel={t('sso.addresses')} modifier="breakWord">
                                {addresses}
                            </Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
        </div>
    );
}
