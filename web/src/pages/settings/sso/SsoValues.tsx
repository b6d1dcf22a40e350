// The settings as they are in force; the secret is masked by the portal.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { Name } from '@/components/Name';
import { useOriginText } from '@/components/origin';
import { all, inFile, type Sso } from './values';

export function SsoValues({ sso }: { sso: Sso }) {
    const { t } = useTranslation('settings');
    const origin = useOriginText();
    const { data } = useApi('/admin/api/settings');
    const whence = (name: string) => {
        const setting = data?.result.find((one) => one.name === inFile(name));
        return setting === undefined ? '' : origin(setting.origin);
    };
    return (
        <div className="ep-stack">
            <p>{t('sso.roles')}</p>
            <Table variant="compact" aria-label={t('sso.values')}>
                <Thead>
                    <Tr>
                        <Th>{t('sso.setting')}</Th>
                        <Th>{t('sso.value')}</Th>
                        <Th>{t('sso.origin')}</Th>
                    </Tr>
                </Thead>
                <Tbody>
                    {all.map((name) => (
                        <Tr key={name}>
                            <Td dataLabel={t('sso.setting')} modifier="breakWord">
                                <Name>{inFile(name)}</Name>
                            </Td>
                            <Td dataLabel={t('sso.value')} modifier="breakWord">
                                {sso[name] === null
                                    ? <span className="ep-subtle">{t('sso.notSet')}</span>
                                    : <code>{sso[name]}</code>}
                            </Td>
                            <Td dataLabel={t('sso.origin')} modifier="breakWord">
                                {sso[name] !== null && whence(name)}
                            </Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
        </div>
    );
}
