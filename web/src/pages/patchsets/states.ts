// The states that a patchset can have in a feed (NEW-PS-2), by our own words
// for them: the API's are for people who read English.
import type { Answer } from '@/api/client';

type Row = Answer<'/admin/api/patchsets/matrix', 'get'>['result']['patchsets'][number];
type Cell = Row['feeds'][number];

export const states = [
    'enabled', 'disabled', 'undeployed', 'not-downloaded', 'not-available', 'blocked',
    'enabled-warning'
] as const;
export type State = typeof states[number];

export function isState(word: string): word is State {
    return states.some((state) => state === word);
}

export function stateOf({ shown }: Pick<Cell, 'shown'>): State {
    const word = shown === 'enabled (!)' ? 'enabled-warning' : shown.replace(' ', '-');
    return isState(word) ? word : 'undeployed';
}
