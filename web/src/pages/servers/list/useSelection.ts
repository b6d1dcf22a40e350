// Which servers are selected: some, on any page, or all that fit the filter.
// Another filter begins a new selection.
import { useState } from 'react';

export interface Selection {
    all: boolean;
    ids: ReadonlySet<string>;
    has: (id: string) => boolean;
    /** how many; total: how many fit the filter */
    count: (total: number) => number;
    toggle: (id: string, on: boolean) => void;
    setMany: (ids: string[], on: boolean) => void;
    setAll: () => void;
    clear: () => void;
}

export function useSelection(filterKey: string): Selection {
    const none = { key: filterKey, all: false, ids: new Set<string>() };
    const [state, setState] = useState(none);
    const now = state.key === filterKey ? state : none;

    const setMany = (ids: string[], on: boolean) => {
        const chosen = new Set(now.ids);
        for (const id of ids) {
            if (on) {
                chosen.add(id);
            } else {
                chosen.delete(id);
            }
        }
        setState({ key: filterKey, all: false, ids: chosen });
    };
    return {
        all: now.all,
        ids: now.ids,
        has: (id) => now.all || now.ids.has(id),
        count: (total) => now.all ? total : now.ids.size,
        toggle: (id, on) => setMany([id], on),
        setMany,
        setAll: () => setState({ ...none, all: true }),
        clear: () => setState(none)
    };
}
