// Filters, sorting and the page of a list live in the address, so that a view
// can be kept and passed on.
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

export type Changes = Record<string, string | readonly string[] | null>;

/**
 * The parameters as they are at this moment. What React has rendered may be
 * older, and a change that began from that would undo the one before it.
 */
export function paramsNow(): URLSearchParams {
    return new URLSearchParams(window.location.search);
}

function apply(next: URLSearchParams, changes: Changes): URLSearchParams {
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
    // The address itself is asked: who clicks again before React has drawn the
    // last change must not undo it.
    const change = useCallback((changes: Changes) => setParams(
        apply(paramsNow(), { page: null, ...changes }), { replace: true }), [setParams]);
    return { params, change };
}
