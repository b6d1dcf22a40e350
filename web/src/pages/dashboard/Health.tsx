// How the portal is: the patch source, the jobs, and the disk.
import type { ReactNode } from 'react';
import {
    Card, CardBody, CardFooter, CardTitle, DescriptionList, DescriptionListDescription,
    DescriptionListGroup, DescriptionListTerm, Label, Progress
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Answer } from '@/api/client';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { Time } from '@/components/Time';
import { bytes } from '@/components/format';

type Status = Answer<'/admin/api/status', 'get'>['result'];

function Row({ name, children }: { name: string; children: ReactNode }) {
    return (
        <DescriptionListGroup>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription className="ep-break">
                {children}
            </DescriptionListDescription>
        </DescriptionListGroup>
    );
}

function Poll({ status }: { status: Status }) {
    const { t } = useTranslation('dashboard');
    const mayChange = useMayChange();
    if (status.patch_source === null) {
        return (
            <Row name={t('health.source')}>
                {mayChange ? <Link to="/settings/source">{t('health.noSource')}</Link>
                    : t('health.noSource')}
            </Row>
        );
    }
    return (
        <>
            <Row name={t('health.source')}>{status.patch_source}</Row>
            <Row name={t('health.lastGoodPoll')}>
                <Time value={status.last_good_poll} relative />
            </Row>
            {status.poll_failures > 0 && (
                <Row name={t('health.failures')}>
                    <Label isCompact status="danger">
                        {t('health.failed', { count: status.poll_failures })}
                    </Label>{' '}
                    {status.last_poll_result}
                </Row>
            )}
        </>
    );
}

function Jobs({ status }: { status: Status }) {
    const { t } = useTranslation('dashboard');
    const jobs = useApi('/admin/api/jobs').data?.result ?? [];
    const failed = jobs.filter(({ state }) => state === 'failed').length;
    const running = jobs.filter(({ state }) => state === 'running');
    if (!status.daemon) {
        return <Label isCompact status="danger">{t('health.daemonOff')}</Label>;
    }
    return (
        <>
            {failed > 0
                ? <Label isCompact status="danger">{t('health.jobsFail', { count: failed })}</Label>
                : <Label isCompact status="success">{t('health.jobsWell')}</Label>}{' '}
            {running.length > 0 && t('health.running', {
                names: running.map(({ name }) => name).join(', ')
            })}
        </>
    );
}

function Disk({ status: { disk_free: free, disk_size: size } }: { status: Status }) {
    const { t, i18n } = useTranslation('dashboard');
    const used = size === 0 ? 0 : Math.round((1 - free / size) * 100);
    return (
        <Progress value={used} size="sm" aria-label={t('health.disk')}
            label={t('health.free', {
                free: bytes(free, i18n.language), size: bytes(size, i18n.language)
            })}
            valueText={t('health.used', { percent: used })}
            {...(used > 95 && { variant: 'danger' as const })} measureLocation="top" />
    );
}

export function Health({ status }: { status: Status }) {
    const { t } = useTranslation('dashboard');
    return (
        <Card component="section">
            <CardTitle component="h2">{t('health.title')}</CardTitle>
            <CardBody>
                <DescriptionList isHorizontal isCompact>
                    <Poll status={status} />
                    <Row name={t('health.jobs')}><Jobs status={status} /></Row>
                    {status.to_be_downloaded > 0 && (
                        <Row name={t('health.waiting')}>
                            {t('health.waitingCount', { count: status.to_be_downloaded })}
                        </Row>
                    )}
                    <Row name={t('health.disk')}><Disk status={status} /></Row>
                </DescriptionList>
            </CardBody>
            <CardFooter><Link to="/jobs">{t('health.allJobs')}</Link></CardFooter>
        </Card>
    );
}
