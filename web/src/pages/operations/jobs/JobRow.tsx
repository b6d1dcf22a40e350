// One job.
import { Label, type LabelProps } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/api/jobs';
import { useMayChange } from '@/api/session';
import { BusyButton } from '@/components/BusyButton';
import { duration } from '@/components/format';
import { useJobResult } from '@/components/jobResult';
import { parseTime, Time } from '@/components/Time';

const status: Record<Job['state'], NonNullable<LabelProps['status']> | undefined> = {
    running: 'info',
    interrupted: 'warning',
    off: undefined,
    failed: 'danger',
    waiting: 'success'
};

function State({ job, busy }: { job: Job; busy: boolean }) {
    const { t } = useTranslation('operations');
    const state = busy ? 'running' : job.state;
    // A job that never ran has not gone well yet.
    const color = state === 'waiting' && job.ended === null ? undefined : status[state];
    return (
        <>
            <Label variant="outline" {...(color !== undefined && { status: color })}>
                {t(`jobs.is.${busy && job.state !== 'running' ? 'asked' : state}`)}
            </Label>
            {job.failures > 0 && (
                <div className="ep-subtle">{t('jobs.failures', { count: job.failures })}</div>
            )}
        </>
    );
}

/** How long the last run took; runs under a second are not worth a word. */
function useTook(job: Job): string {
    const { t, i18n } = useTranslation('operations');
    if (job.started === null || job.ended === null || job.ended < job.started) {
        return '';
    }
    const seconds = Math.round(
        (parseTime(job.ended).getTime() - parseTime(job.started).getTime()) / 1000);
    return seconds < 1 ? '' : t('jobs.took', { time: duration(seconds, i18n.language) });
}

export function JobRow({ job, busy, daemon, onRun }: {
    job: Job;
    busy: boolean;
    daemon: boolean;
    onRun: () => void;
}) {
    const { t, i18n } = useTranslation('operations');
    const admin = useMayChange();
    const result = useJobResult();
    const took = useTook(job);
    const title = t(`jobs.name.${job.name}`, { defaultValue: job.name });
    return (
        <Tr>
            <Td dataLabel={t('jobs.job')}>
                <div className="ep-strong">
                    {title} <code className="ep-subtle">{job.name}</code>
                </div>
                <div>{t(`jobs.does.${job.name}`, { defaultValue: '' })}</div>
                <div className="ep-subtle">
                    {job.period > 0
                        ? t('jobs.every', { time: duration(job.period, i18n.language) })
                        : t(`jobs.offBecause.${job.name}`, { defaultValue: t('jobs.is.off') })}
                </div>
            </Td>
            <Td dataLabel={t('jobs.state')}><State job={job} busy={busy} /></Td>
            <Td dataLabel={t('jobs.last')} modifier="nowrap">
                <Time relative value={job.ended} />
                {took !== '' && <div className="ep-subtle">{took}</div>}
            </Td>
            <Td dataLabel={t('jobs.result')} modifier="breakWord">{result(job)}</Td>
            <Td dataLabel={t('jobs.next')} modifier="nowrap">
                {job.due !== null && job.period > 0 && daemon
                    ? <Time relative value={job.due} /> : t('jobs.notDue')}
            </Td>
            {admin && (
                <Td dataLabel={t('jobs.actions')}>
                    <BusyButton variant="secondary" size="sm" isLoading={busy}
                        isDisabled={busy || !daemon}
                        aria-label={t('jobs.runThis', { name: title })} onClick={onRun}>
                        {t('jobs.run')}
                    </BusyButton>
                </Td>
            )}
        </Tr>
    );
}
