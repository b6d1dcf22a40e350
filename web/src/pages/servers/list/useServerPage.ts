// The page of servers that the address asks for. The next page is asked for by
// the cursor that came with this one, which costs the same however deep it is;
// any other page by its offset.
import { useLocation, useNavigate } from 'react-router';
import { useApi } from '@/api/hooks';
import { usePage } from '@/components/Pages';
import { useAddress } from '@/components/useAddress';
import { toQuery, type Filter } from '../filter/filter';

/** What the history entry of a page knows beside its address. */
interface PageState {
    cursor?: string;
}

export function useServerPage(filter: Filter) {
    const { state, search } = useLocation();
    const navigate = useNavigate();
    const { params, change } = useAddress();
    const { page, size } = usePage(Number.MAX_SAFE_INTEGER);
    const sort = params.get('sort') ?? '';
    const { cursor } = (state ?? {}) as PageState;

    const query = useApi('/admin/api/servers', {
        keep: true,
        query: {
            ...toQuery(filter),
            limit: size,
            ...(sort !== '' && { sort: sort as never }),
            ...(cursor !== undefined ? { cursor } : { offset: (page - 1) * size })
        }
    });
    const setPage = (to: number) => {
        const now = new URLSearchParams(search);
        const next = query.isPlaceholderData ? null : query.data?.next;
        if (to > 1) {
            now.set('page', String(to));
        } else {
            now.delete('page');
        }
        void navigate({ search: now.toString() }, {
            state: to === page + 1 && next != null ? { cursor: next } : null
        });
    };
    return { query, page, size, sort, setPage, setSort: (to: string) => change({ sort: to }) };
}
