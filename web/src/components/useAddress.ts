// Filters, sorting and the page of a list live in the address, so that a view
// can be kept and passed on.
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

export type Changes = Record<string, string | readonly string[] | null>;

function apply(now: URLSearchParams, changes: Changes): URLSearchParams {
    const next = new URLSearchParams(now);
    for (const [name, value] of Object.entries(changes)) {
        next.delete(name);
        for (const one of typeof value === 'string' ? [value] : value ?? []) {
            if (one !== '') {
                next.append(name, one);
            }
        }
    }
    return next;
}

/**
 * The address's parameters, and change({name: value}): null, '' and [] take
 * one away. Whatever is changed, the list begins at its first page again
 * unless the change names the page.
 */
export function useAddress() {
    const [params, setParams] = useSearchParams();
    const change = useCallback((changes: Changes) => setParams(
        (now) => apply(now, { page: null, ...changes }), { replace: true }), [setParams]);
    return { params, change };
}
