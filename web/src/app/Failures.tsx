// Errors of the console itself.
import {
    Button, EmptyState, EmptyStateBody, EmptyStateFooter,
    PageSection
} from '@patternfly/react-core';
import { ExclamationCircleIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';

/** A page that cannot be shown: after an upgrade its old files are gone. */
export function Crash() {
    const { t } = useTranslation();
    const error = useRouteError();
    return (
        <PageSection>
            <EmptyState headingLevel="h1" status="danger" icon={ExclamationCircleIcon}
                titleText={t('crash.title')}>
                <EmptyStateBody>
                    <p>{t('crash.body')}</p>
                    <p className="ep-mono ep-break">{String(error)}</p>
                </EmptyStateBody>
                <EmptyStateFooter>
                    <Button onClick={() => window.location.reload()}>
                        {t('crash.reload')}
                    </Button>
                </EmptyStateFooter>
            </EmptyState>
        </PageSection>
    );
}
