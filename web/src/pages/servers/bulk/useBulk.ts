// Does the same to many servers, request by request, and tells how far it is.
import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { send, type Answer, type ApiError, type GetPath, type Params } from '@/api/client';
import { toQuery, type Filter } from '../filter/filter';

export type BulkAction = 'delete' | 'move' | 'set-tags' | 'add-tags' | 'remove-tags';

/** Which servers: these, or all that fit a filter. */
export interface BulkTarget {
    count: number;
    /** what one server is called, when it is one */
    name?: string;
    ids?: string[];
    filter?: Filter;
}

type BulkParams = Params<'/admin/api/servers/bulk', 'post'>;

/** A request has at most 128 parameters. */
const CHUNK = 100;

/** After so many seconds one is told how far it is. */
const SECONDS = 5;

/** What such a change makes out of date. */
const stale: GetPath[] = [
    '/admin/api/servers', '/admin/api/servers/{id}', '/admin/api/overview',
    '/admin/api/tags', '/admin/api/keys', '/admin/api/start'
];

function requests({ ids, filter }: BulkTarget): BulkParams[] {
    if (ids === undefined) {
        return [{ ...toQuery(filter ?? {}) as BulkParams, all: true }];
    }
    const parts: BulkParams[] = [];
    for (let i = 0; i < ids.length; i += CHUNK) {
        parts.push({ id: ids.slice(i, i + CHUNK) });
    }
    return parts;
}

export function useBulk(target: BulkTarget) {
    const client = useQueryClient();
    const stopped = useRef(false);
    const [done, setDone] = useState(0);
    const [running, setRunning] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);

    /** How many were changed; null when it failed or was stopped. */
    const run = async (action: BulkAction, params: BulkParams): Promise<number | null> => {
        let changed = 0;
        stopped.current = false;
        setRunning(true);
        setError(null);
        try {
            for (const part of requests(target)) {
                let cursor: string | null = '';
                while (cursor !== null && !stopped.current) {
                    const answer: Answer<'/admin/api/servers/bulk', 'post'> = await send(
                        'post', '/admin/api/servers/bulk', {
                            params: {
                                ...part, ...params, action, seconds: SECONDS,
                                ...(cursor !== '' && { cursor })
                            }
                        });
                    changed += answer.result;
                    cursor = answer.next;
                    setDone(changed);
                }
            }
            return stopped.current ? null : changed;
        } catch (failure) {
            setError(failure as ApiError);
            return null;
        } finally {
            setRunning(false);
            await Promise.all(stale.map((path) =>
                client.invalidateQueries({ queryKey: [path] })));
        }
    };
    return { run, running, done, error, stop: () => { stopped.current = true; } };
}
