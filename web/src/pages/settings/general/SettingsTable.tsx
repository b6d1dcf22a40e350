// The table of settings, with a search and "changed only" in the address.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter,
    Switch, Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Name } from '@/components/Name';
import { useOriginText } from '@/components/origin';
import { SearchBox } from '@/components/SearchBox';
import { useAddress } from '@/components/useAddress';
import { pageOf, useInWords, type Setting } from './values';

function SettingRow({ setting }: { setting: Setting }) {
    const { t } = useTranslation('settings');
    const inWords = useInWords();
    const origin = useOriginText();
    const words = inWords(setting);
    const page = pageOf(setting.name);
    const set = setting.origin !== 'default';
    return (
        <Tr>
            <Td dataLabel={t('general.name')} modifier="breakWord">
                <Name>{setting.name}</Name>
                {page !== null && (
                    <div>
                        <Link to={`/settings/${page}`}>{t(`common:nav.${page}`)}</Link>
                    </div>
                )}
            </Td>
            <Td dataLabel={t('general.value')} modifier="breakWord">
                {setting.value === 'None'
                    ? <span className="ep-subtle">{t('sso.notSet')}</span>
                    : <code className={set ? 'ep-strong' : ''}>{setting.value}</code>}
                {words !== null && <div className="ep-subtle">{words}</div>}
                {setting.secret && set && (
                    <div className="ep-subtle">{t('general.masked')}</div>
                )}
            </Td>
            <Td dataLabel={t('general.origin')} modifier="breakWord">
                <span className={set ? '' : 'ep-subtle'}>{origin(setting.origin)}</span>
                {set && (
                    <div className="ep-subtle">
                        {t('general.default')}: <code>{setting.default}</code>
                    </div>
                )}
            </Td>
            <Td dataLabel={t('general.meaning')} modifier="breakWord">
                {t(`meanings:${setting.name}`)}
            </Td>
        </Tr>
    );
}

export function SettingsTable({ settings }: { settings: Setting[] }) {
    const { t } = useTranslation('settings');
    const { params, change } = useAddress();
    const search = params.get('search') ?? '';
    const changed = params.get('changed') === '1';
    const wanted = search.trim().toLowerCase();
    const shown = settings.filter((setting) =>
        (!changed || setting.origin !== 'default')
        && `${setting.name} ${setting.value} ${t(`meanings:${setting.name}`)}`
            .toLowerCase().includes(wanted));

    return (
        <>
            <Toolbar>
                <ToolbarContent>
                    <ToolbarItem>
                        <SearchBox label={t('general.search')} value={search}
                            onChange={(text) => change({ search: text })} />
                    </ToolbarItem>
                    <ToolbarItem alignSelf="center">
                        <Switch id="changed-only" label={t('general.changedOnly')}
                            isChecked={changed}
                            onChange={(_, on) => change({ changed: on ? '1' : null })} />
                    </ToolbarItem>
                    <ToolbarItem alignSelf="center">
                        <span role="status">{t('general.count', { count: shown.length })}</span>
                    </ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            {shown.length === 0
                ? (
                    <EmptyState headingLevel="h2" icon={SearchIcon} titleText={t('general.none')}>
                        <EmptyStateBody>{t('general.noneBody')}</EmptyStateBody>
                        <EmptyStateFooter>
                            <EmptyStateActions>
                                <Button variant="link"
                                    onClick={() => change({ search: null, changed: null })}>
                                    {t('general.showAll')}
                                </Button>
                            </EmptyStateActions>
                        </EmptyStateFooter>
                    </EmptyState>
                )
                : (
                    <Table aria-label={t('general.title')} className="ep-settings">
                        <Thead>
                            <Tr>
                                <Th width={25}>{t('general.name')}</Th>
                                <Th width={20}>{t('general.value')}</Th>
                                <Th width={20}>{t('general.origin')}</Th>
                                <Th width={35}>{t('general.meaning')}</Th>
                            </Tr>
                        </Thead>
                        <Tbody>
                            {shown.map((setting) => (
                                <SettingRow key={setting.name} setting={setting} />
                            ))}
                        </Tbody>
                    </Table>
                )}
        </>
    );
}
