// What is shown in place of something that could not be read: what went wrong
// in the portal's own words, and another try.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { useErrorText } from './errors';

export function Failure({ error, retry, headingLevel = 'h2' }: {
    error: ApiError;
    retry: () => void;
    /** h1 where it stands for a whole page */
    headingLevel?: 'h1' | 'h2';
}) {
    const { t } = useTranslation();
    const text = useErrorText();
    return (
        <EmptyState status="danger" headingLevel={headingLevel} titleText={t('failure.title')}>
            <EmptyStateBody>{text(error)}</EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <Button variant="link" onClick={retry}>{t('failure.retry')}</Button>
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}
