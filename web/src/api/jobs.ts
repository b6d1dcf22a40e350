// The daemon's jobs, read often while one of them runs or was asked to.
import { useState } from 'react';
import { useApi, useSend } from './hooks';
import type { Answer } from './client';

export type Job = Answer<'/admin/api/jobs', 'get'>['result'][number];

const OFTEN = 1000;
const SELDOM = 15_000;

/** It runs, or was asked for and has not run since. */
function isBusy(job: Job, asked: Record<string, string | null>): boolean {
    return job.state === 'running'
        || (asked[job.name] !== undefined && asked[job.name] === job.ended)
        || (asked[job.name] === null && job.ended === null);
}

export function useJobs() {
    // The end of a job's last run when it was asked for.
    const [asked, setAsked] = useState<Record<string, string | null>>({});
    const { data: status } = useApi('/admin/api/status');
    const daemon = status?.result.daemon ?? true;
    const busy = (job: Job) => daemon && isBusy(job, asked);
    const jobs = useApi('/admin/api/jobs', {
        refetchInterval: ({ state }) =>
            state.data?.result.some(busy) ? OFTEN : SELDOM
    });
    const send = useSend('post', '/admin/api/jobs/{name}/run', ['/admin/api/jobs']);

    return {
        jobs,
        daemon,
        busy,
        error: send.error,
        /** Ask the daemon to run it now. */
        run: (job: Job) => send.mutate({ names: { name: job.name } }, {
            onSuccess: () => setAsked((now) => ({ ...now, [job.name]: job.ended }))
        })
    };
}
