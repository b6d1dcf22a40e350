// An address that leads nowhere.
import {
    EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection
} from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

export function NotFound() {
    const { t } = useTranslation();
    return (
        <PageSection>
            <EmptyState headingLevel="h1" icon={SearchIcon} titleText={t('notFound.title')}>
                <EmptyStateBody>{t('notFound.body')}</EmptyStateBody>
                <EmptyStateFooter>
                    <EmptyStateActions>
                        <Link to="/">{t('notFound.start')}</Link>
                    </EmptyStateActions>
                </EmptyStateFooter>
            </EmptyState>
        </PageSection>
    );
}
