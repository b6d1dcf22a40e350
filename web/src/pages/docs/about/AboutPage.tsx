// About: which portal this is, how full, and of what it is made.
import {
    Card, CardBody, CardTitle, DescriptionList, DescriptionListDescription,
    DescriptionListGroup, DescriptionListTerm, PageSection
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useSession } from '@/api/session';
import { bytes } from '@/components/format';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { Libraries } from './Libraries';

function Facts({ rows }: { rows: [string, ReactNode][] }) {
    return (
        <DescriptionList isCompact orientation={{ sm: 'horizontal' }}
            horizontalTermWidthModifier={{ default: '14rem' }}>
            {rows.map(([term, value]) => (
                <DescriptionListGroup key={term}>
                    <DescriptionListTerm>{term}</DescriptionListTerm>
                    <DescriptionListDescription>{value}</DescriptionListDescription>
                </DescriptionListGroup>
            ))}
        </DescriptionList>
    );
}

function Numbers() {
    const { t, i18n } = useTranslation('docs');
    const status = useApi('/admin/api/status');
    const number = new Intl.NumberFormat(i18n.language);
    return (
        <Reading query={status}>
            {({ result }) => (
                <Facts rows={[
                    [t('about.data'), <code className="ep-break">{result.data}</code>],
                    [t('about.disk'), t('about.diskFree', {
                        free: bytes(result.disk_free, i18n.language),
                        size: bytes(result.disk_size, i18n.language)
                    })],
                    [t('about.daemon'), t(result.daemon ? 'about.runs' : 'about.runsNot')],
                    [t('about.source'), <span className="ep-break">
                        {result.patch_source ?? t('about.noSource')}
                    </span>],
                    [t('about.servers'), number.format(result.servers.total)],
                    [t('about.feeds'), number.format(result.feeds.length)],
                    [t('about.undecodable'), number.format(result.undecodable_tokens)],
                    [t('about.unknown'), number.format(result.unknown_servers)]
                ]} />
            )}
        </Reading>
    );
}

export default function AboutPage() {
    const { t } = useTranslation('docs');
    const { session } = useSession();
    return (
        <>
            <PageHeader title={t('about.title')} description={t('about.description')} />
            <PageSection>
                <div className="ep-stack">
                    <Card>
                        <CardBody>
                            <Facts rows={[
                                [t('about.version'), session?.version],
                                [t('about.licence'), 'Apache License 2.0'],
                                [t('about.api'), (
                                    <a href="/admin/api/openapi.json">{t('api.document')}</a>
                                )]
                            ]} />
                        </CardBody>
                    </Card>
                    <Card>
                        <CardTitle component="h2">{t('about.portal')}</CardTitle>
                        <CardBody><Numbers /></CardBody>
                    </Card>
                    <Card>
                        <CardTitle component="h2">{t('about.libraries')}</CardTitle>
                        <CardBody><Libraries /></CardBody>
                    </Card>
                </div>
            </PageSection>
        </>
    );
}
