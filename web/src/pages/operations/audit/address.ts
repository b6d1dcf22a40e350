// What the audit log's address says: filters, and where the page begins.
import { useCallback } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import { paramsNow } from '@/components/useAddress';

export const names = [
    'actor', 'action', 'object', 'result', 'via', 'since', 'until'
] as const;
export type FilterName = typeof names[number];
export type Filters = Partial<Record<FilterName, string>>;

/** The `before` of the pages that one came through: the way back. */
type Trail = (number | null)[];

export function useAuditAddress() {
    const [params, setParams] = useSearchParams();
    const { state } = useLocation();
    const trail: Trail = Array.isArray(state?.trail) ? state.trail : [];
    const asked = Number(params.get('before'));
    const before = Number.isInteger(asked) && asked > 0 ? asked : null;
    const filters: Filters = {};
    for (const name of names) {
        const value = params.get(name);
        if (value !== null && value !== '') {
            filters[name] = value;
        }
    }

    /** Other filters begin at the newest row again. */
    const change = useCallback((changes: Partial<Record<FilterName, string | null>>) =>
        setParams(() => {
            const next = paramsNow();
            next.delete('before');
            for (const [name, value] of Object.entries(changes)) {
                if (value === null || value === '') {
                    next.delete(name);
                } else {
                    next.set(name, value);
                }
            }
            return next;
        }, { replace: true }), [setParams]);

    const go = (to: number | null, way: Trail) => setParams(() => {
        const next = paramsNow();
        next.delete('before');
        if (to !== null) {
            next.set('before', String(to));
        }
        return next;
    }, { state: { trail: way } });

    return {
        filters,
        before,
        change,
        clear: () => setParams({}, { replace: true }),
        older: (next: number) => go(next, [...trail, before]),
        newer: () => go(trail.at(-1) ?? null, trail.slice(0, -1)),
        newest: () => go(null, [])
    };
}
