// One server: what it runs and lacks, its tags, facts and history.
import type { ReactNode } from 'react';
import {
    Breadcrumb, BreadcrumbItem, Button, EmptyState, EmptyStateActions, EmptyStateBody,
    EmptyStateFooter, Flex, PageSection, Tab, Tabs, TabTitleText
} from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { FactsTab } from './server/FactsTab';
import { HistoryTab } from './server/HistoryTab';
import { PatchStatus } from './server/PatchStatus';
import { nameOf, tagsOf, type OneServer } from './server/server';
import { ServerActions } from './server/ServerActions';
import { StateLabel } from './server/StateLabel';
import { TagLabels } from './server/TagLabels';
import { TagsTab } from './server/TagsTab';
import './servers.css';

function ServerTabs({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const [params, setParams] = useSearchParams();
    const tabs: [string, ReactNode][] = [
        ['patches', <PatchStatus server={server} />],
        ['tags', <TagsTab server={server} />],
        ['facts', <FactsTab server={server} />],
        ...(server.history === null ? [] : [
            ['history', <HistoryTab history={server.history} />] satisfies [string, ReactNode]
        ])
    ];
    const asked = params.get('tab') ?? '';
    const active = tabs.some(([name]) => name === asked) ? asked : 'patches';
    return (
        <>
            <PageSection type="tabs">
                <Tabs activeKey={active} usePageInsets aria-label={t('tab.label')}
                    onSelect={(_, name) => setParams(
                        name === 'patches' ? {} : { tab: String(name) }, { replace: true })}>
                    {tabs.map(([name]) => (
                        <Tab key={name} eventKey={name} tabContentId={`tab-${name}`}
                            title={<TabTitleText>{t(`tab.${name}`)}</TabTitleText>} />
                    ))}
                </Tabs>
            </PageSection>
            {tabs.map(([name, content]) => (
                <PageSection key={name} id={`tab-${name}`} hidden={name !== active}
                    role="tabpanel" aria-label={t(`tab.${name}`)}>
                    {name === active && content}
                </PageSection>
            ))}
        </>
    );
}

function NoServer() {
    const { t } = useTranslation('servers');
    const navigate = useNavigate();
    return (
        <>
            <PageHeader title={t('gone.title')} />
            <PageSection>
                <EmptyState headingLevel="h2" icon={SearchIcon} titleText={t('gone.head')}>
                    <EmptyStateBody>{t('gone.body')}</EmptyStateBody>
                    <EmptyStateFooter>
                        <EmptyStateActions>
                            <Button variant="link" onClick={() => void navigate('/servers')}>
                                {t('gone.list')}
                            </Button>
                        </EmptyStateActions>
                    </EmptyStateFooter>
                </EmptyState>
            </PageSection>
        </>
    );
}

export default function ServerPage() {
    const { t } = useTranslation('servers');
    const { id = '' } = useParams();
    const mayChange = useMayChange();
    const query = useApi('/admin/api/servers/{id}', { names: { id } });

    if (query.error?.status === 404) {
        return <NoServer />;
    }
    return (
        <Reading query={query}>
            {({ result: server }) => (
                <>
                    <PageHeader title={nameOf(server)}
                        breadcrumb={
                            <Breadcrumb aria-label={t('crumbs')}>
                                <BreadcrumbItem>
                                    <Link to="/servers">{t('title')}</Link>
                                </BreadcrumbItem>
                                <BreadcrumbItem isActive>
                                    <bdi className="ep-crumb">{nameOf(server)}</bdi>
                                </BreadcrumbItem>
                            </Breadcrumb>
                        }
                        {...(mayChange && { actions: <ServerActions server={server} /> })} />
                    <PageSection>
                        <Flex alignItems={{ default: 'alignItemsCenter' }}>
                            <StateLabel server={server} />
                            <TagLabels tags={tagsOf(server)} shown={8} />
                        </Flex>
                    </PageSection>
                    <ServerTabs key={server.id} server={server} />
                </>
            )}
        </Reading>
    );
}
