// The three states of something that is read from the API: on its way, failed,
// there. <Reading query={useApi(...)}>{(answer) => ...}</Reading>
import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiError } from '@/api/client';
import { Failure } from './Failure';
import { Loading } from './Loading';

export function Reading<T>({ query, children }: {
    query: UseQueryResult<T, ApiError>;
    children: (answer: T) => ReactNode;
}) {
    if (query.data !== undefined) {
        return children(query.data);
    }
    if (query.error !== null) {
        return <Failure error={query.error} retry={() => void query.refetch()} />;
    }
    return <Loading />;
}
