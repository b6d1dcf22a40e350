// What is shown in place of something that could not be read: what went wrong
// in the portal's own words, and another try.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { useErrorText } from './errors';

export function Failure({ error, retry }: { error: ApiError; retry: () => void }) {
    const { t } = useTranslation();
    const text = useErrorText();
    return (
        <EmptyState status="danger" headingLevel="h2" titleText={t('failure.title')}>
            <EmptyStateBody>{text(error)}</EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <Button variant="link" onClick={retry}>{t('failure.retry')}</Button>
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}
