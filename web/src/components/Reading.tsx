// The three states of something that is read from the API: on its way, failed,
// there. <Reading query={useApi(...)}>{(answer) => ...}</Reading>
import type { ReactNode } from 'react';
import { Bullseye, Spinner } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { Failure } from './Failure';

export function Reading<T>({ query, children }: {
    query: UseQueryResult<T, ApiError>;
    children: (answer: T) => ReactNode;
}) {
    const { t } = useTranslation();
    if (query.data !== undefined) {
        return children(query.data);
    }
    if (query.error !== null) {
        return <Failure error={query.error} retry={() => void query.refetch()} />;
    }
    return <Bullseye><Spinner aria-label={t('loading')} /></Bullseye>;
}
