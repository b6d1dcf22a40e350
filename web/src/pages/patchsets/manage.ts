// What one wants done with a patchset in each feed, and what the portal says
// that it would change.
import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { send, type Answer, type ApiError, type GetPath } from '@/api/client';
import type { Cell } from './matrix';
import { stateOf } from './states';

/** In the order of the dialog. */
export const actions = ['enable-upto', 'enable', 'disable', 'undeploy-downto'] as const;
export type Action = typeof actions[number];
export type Choice = Action | 'nothing';
/** By feed; a feed that is not there has nothing done. */
export type Choices = Record<string, Choice>;

type Managed = Answer<'/admin/api/patchsets/manage', 'post'>;
export type Change = NonNullable<Managed['changes']>[number] & { action: Action };

const MANAGE = '/admin/api/patchsets/manage';

/** What a change makes out of date. */
const stale: GetPath[] = [
    '/admin/api/patchsets/matrix', '/admin/api/patchsets', '/admin/api/patchsets/newest',
    '/admin/api/patchsets/{name}', '/admin/api/servers', '/admin/api/servers/{id}',
    '/admin/api/overview', '/admin/api/start', '/admin/api/jobs'
];

/** Why nothing can be done here; null: it can. */
export function refusalOf(cell: Cell): 'blocked' | 'not-available' | null {
    const state = stateOf(cell);
    return state === 'blocked' || state === 'not-available' ? state : null;
}

/** What can be done: only what is here can be disabled or undeployed. */
export function mayDo(cell: Cell): readonly Action[] {
    if (refusalOf(cell) !== null) {
        return [];
    }
    return cell.status === 'not-downloaded' ? ['enable-upto', 'enable'] : actions;
}

/** One request an action: all of its feeds, or none of them. */
export interface Call {
    action: Action;
    feeds: string[];
}

/** Of the feeds that there are still. */
export function callsOf(choices: Choices, cells: readonly Cell[]): Call[] {
    return actions.map((action) => ({
        action,
        feeds: cells.map(({ feed }) => feed).filter((feed) => choices[feed] === action)
    })).filter(({ feeds }) => feeds.length > 0);
}

export interface Progress {
    done: number;
    total: number;
}

export function useManage(patchset: string) {
    const client = useQueryClient();
    const [busy, setBusy] = useState(false);
    const [progress, setProgress] = useState<Progress | null>(null);
    const [error, setError] = useState<ApiError | null>(null);

    const guard = async (work: () => Promise<void>): Promise<boolean> => {
        setBusy(true);
        setError(null);
        try {
            await work();
            return true;
        } catch (failure) {
            setError(failure as ApiError);
            return false;
        } finally {
            setBusy(false);
            setProgress(null);
        }
    };

    /** What would be changed; null when the portal refuses it. */
    const preview = async (calls: Call[]): Promise<Change[] | null> => {
        const changes: Change[] = [];
        const good = await guard(async () => {
            for (const { action, feeds } of calls) {
                const answer = await send('post', MANAGE, {
                    params: { patchset, action, feed: feeds, dry_run: true }
                });
                changes.push(...(answer.changes ?? []).map((one) => ({ ...one, action })));
            }
        });
        return good ? changes : null;
    };

    /** Does it; the calls that went well, which is all of them unless one fails. */
    const apply = async (calls: Call[]): Promise<Call[]> => {
        const done: Call[] = [];
        await guard(async () => {
            for (const call of calls) {
                setProgress({ done: done.length, total: calls.length });
                await send('post', MANAGE, {
                    params: { patchset, action: call.action, feed: call.feeds }
                });
                done.push(call);
            }
        });
        // Also when it failed: what was thought of the feeds may be wrong.
        await Promise.all(stale.map((path) =>
            client.invalidateQueries({ queryKey: [path] })));
        return done;
    };

    return { busy, progress, error, preview, apply, forget: () => setError(null) };
}
