// The patchsets that came last: what they are, and which feeds give them.
import {
    Card, CardBody, CardTitle, EmptyState, EmptyStateActions, EmptyStateBody,
    EmptyStateFooter, Label, LabelGroup
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { BandAidIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Answer } from '@/api/client';
import { useMayChange } from '@/api/session';
import { Time } from '@/components/Time';

type Patchset = Answer<'/admin/api/patchsets/newest', 'get'>['result'][number];

const COLUMNS = ['patchset', 'product', 'appeared', 'cves', 'state', 'feeds'] as const;

/** What the source says of it comes before whether it is here. */
function State({ patchset: { upstream, downloaded, enabled } }: { patchset: Patchset }) {
    const { t } = useTranslation('dashboard');
    if (upstream === 'disabled' || upstream === 'blocked') {
        return (
            <Label isCompact status="danger">
                {t(enabled.length > 0 ? 'newest.withdrawnEnabled' : 'newest.withdrawn')}
            </Label>
        );
    }
    if (!downloaded) {
        return <Label isCompact color="grey">{t('newest.notDownloaded')}</Label>;
    }
    return enabled.length > 0
        ? <Label isCompact status="success">{t('newest.enabled')}</Label>
        : <Label isCompact color="blue">{t('newest.downloaded')}</Label>;
}

function Feeds({ names }: { names: string[] }) {
    const { t } = useTranslation('dashboard');
    return names.length === 0 ? <span>{t('newest.noFeed')}</span> : (
        <LabelGroup numLabels={3} aria-label={t('newest.column.feeds')}
            expandedText={t('common:filter.fewer')}
            collapsedText={t('common:filter.more', { count: names.length - 3 })}>
            {names.map((name) => (
                <Label key={name} isCompact variant="outline">{name}</Label>
            ))}
        </LabelGroup>
    );
}

function Nothing() {
    const { t } = useTranslation('dashboard');
    const mayChange = useMayChange();
    return (
        <EmptyState headingLevel="h3" variant="sm" icon={BandAidIcon}
            titleText={t('newest.none')}>
            <EmptyStateBody>{t('newest.noneBody')}</EmptyStateBody>
            {mayChange && (
                <EmptyStateFooter>
                    <EmptyStateActions>
                        <Link to="/settings/source">{t('first.source.title')}</Link>
                    </EmptyStateActions>
                </EmptyStateFooter>
            )}
        </EmptyState>
    );
}

export function Newest({ patchsets }: { patchsets: Patchset[] }) {
    const { t, i18n } = useTranslation('dashboard');
    const number = new Intl.NumberFormat(i18n.language);
    return (
        <Card component="section">
            <CardTitle component="h2">{t('newest.title')}</CardTitle>
            <CardBody>
                {patchsets.length === 0 ? <Nothing /> : (
                    <Table aria-label={t('newest.title')} variant="compact">
                        <Thead>
                            <Tr>
                                {COLUMNS.map((column) => (
                                    <Th key={column}>{t(`newest.column.${column}`)}</Th>
                                ))}
                            </Tr>
                        </Thead>
                        <Tbody>
                            {patchsets.map((one) => (
                                <Tr key={`${one.product} ${one.patchset}`}>
                                    <Td dataLabel={t('newest.column.patchset')}>
                                        <Link to={`/patches/${one.product}/`
                                            + encodeURIComponent(one.patchset)}>
                                            {one.patchset}
                                        </Link>
                                    </Td>
                                    <Td dataLabel={t('newest.column.product')}>
                                        {t(`common:product.${one.product}`)}
                                    </Td>
                                    <Td dataLabel={t('newest.column.appeared')}>
                                        <Time value={one.appeared} relative />
                                    </Td>
                                    <Td dataLabel={t('newest.column.cves')}>
                                        {number.format(one.cves)}
                                    </Td>
                                    <Td dataLabel={t('newest.column.state')}>
                                        <State patchset={one} />
                                    </Td>
                                    <Td dataLabel={t('newest.column.feeds')}>
                                        <Feeds names={one.enabled} />
                                    </Td>
                                </Tr>
                            ))}
                        </Tbody>
                    </Table>
                )}
            </CardBody>
        </Card>
    );
}
