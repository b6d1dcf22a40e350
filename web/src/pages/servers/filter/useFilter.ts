// The filter of the page one is on, and how it is changed.
import { useMemo } from 'react';
import { useAddress, type Changes } from '@/components/useAddress';
import { names, readFilter, type Filter } from './filter';

/** Parameters that exclude each other. */
const rivals: Record<string, string> = {
    is_updated: 'is_supported', is_supported: 'is_updated'
};

export interface FilterControl {
    filter: Filter;
    /** the same whenever the filter is */
    key: string;
    set: (name: string, value: string) => void;
    remove: (name: string) => void;
    reset: () => void;
}

export function useFilter(): FilterControl {
    const { params, change } = useAddress();
    return useMemo(() => {
        const filter = readFilter(params);
        const rival = (name: string): Changes =>
            rivals[name] === undefined ? {} : { [rivals[name]]: null };
        return {
            filter,
            key: new URLSearchParams(filter).toString(),
            set: (name, value) => change({ ...rival(name), [name]: value }),
            remove: (name) => change({ [name]: null }),
            reset: () => change(Object.fromEntries(names.map((name) => [name, null])))
        };
    }, [params, change]);
}
