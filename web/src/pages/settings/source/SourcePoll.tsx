// When the source was last asked, how that went, and asking it now.
import {
    DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useJobs } from '@/api/jobs';
import { useMayChange } from '@/api/session';
import { BusyButton } from '@/components/BusyButton';
import { DaemonWarning } from '@/components/DaemonWarning';
import { useErrorText } from '@/components/errors';
import { useJobResult } from '@/components/jobResult';
import { Message } from '@/components/Message';
import { Time } from '@/components/Time';

export function SourcePoll({ configured }: { configured: boolean }) {
    const { t } = useTranslation('settings');
    const admin = useMayChange();
    const error = useErrorText();
    const resultText = useJobResult();
    const { jobs, daemon, busy, run, error: refused } = useJobs();
    const { data: status } = useApi('/admin/api/status', { refetchInterval: 15_000 });
    const poll = jobs.data?.result.find(({ name }) => name === 'poll');

    if (!configured) {
        return <p>{t('source.notConfigured')}</p>;
    }
    return (
        <div className="ep-stack">
            <DaemonWarning />
            {refused !== null && (
                <Message live variant="danger" title={error(refused)} />
            )}
            {poll !== undefined && poll.failures > 0 && !busy(poll) && (
                <Message variant="danger"
                    title={t('source.pollFailed', { count: poll.failures })}>
                    <span className="ep-break">{poll.result}</span>
                </Message>
            )}
            <DescriptionList isHorizontal isCompact>
                <DescriptionListGroup>
                    <DescriptionListTerm>{t('source.lastPoll')}</DescriptionListTerm>
                    <DescriptionListDescription>
                        <Time value={poll?.ended ?? status?.result.last_poll} />
                    </DescriptionListDescription>
                </DescriptionListGroup>
                {poll !== undefined && poll.failures > 0 && (
                    <DescriptionListGroup>
                        <DescriptionListTerm>{t('source.lastGoodPoll')}</DescriptionListTerm>
                        <DescriptionListDescription>
                            <Time value={poll.succeeded} />
                        </DescriptionListDescription>
                    </DescriptionListGroup>
                )}
                {poll !== undefined && poll.ended !== null && poll.failures === 0 && (
                    <DescriptionListGroup>
                        <DescriptionListTerm>{t('source.lastResult')}</DescriptionListTerm>
                        <DescriptionListDescription>
                            <span role="status">
                                {busy(poll) ? t('source.polling') : resultText(poll)}
                            </span>
                        </DescriptionListDescription>
                    </DescriptionListGroup>
                )}
                {status !== undefined && (
                    <DescriptionListGroup>
                        <DescriptionListTerm>{t('source.toDownload')}</DescriptionListTerm>
                        <DescriptionListDescription>
                            {status.result.to_be_downloaded}
                        </DescriptionListDescription>
                    </DescriptionListGroup>
                )}
            </DescriptionList>
            {admin && (
                <div>
                    <BusyButton variant="secondary" isDisabled={poll === undefined || !daemon}
                        isLoading={poll !== undefined && busy(poll)}
                        onClick={() => poll !== undefined && run(poll)}>
                        {t('source.pollNow')}
                    </BusyButton>
                </div>
            )}
        </div>
    );
}
