// What a read-only user sees in place of a page that is for administrators.
import { EmptyState, EmptyStateBody, PageSection } from '@patternfly/react-core';
import { LockIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { PageHeader } from './PageHeader';

export function AdminsOnly({ title }: { title: string }) {
    const { t } = useTranslation();
    return (
        <>
            <PageHeader title={title} />
            <PageSection>
                <EmptyState headingLevel="h2" icon={LockIcon} titleText={t('adminsOnly.title')}>
                    <EmptyStateBody>{t('adminsOnly.body')}</EmptyStateBody>
                </EmptyState>
            </PageSection>
        </>
    );
}
