// The daemon's jobs: what each does, how it went, and running one now.
import { EmptyState, EmptyStateBody, PageSection } from '@patternfly/react-core';
import { Table, Tbody, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { useJobs } from '@/api/jobs';
import { useMayChange } from '@/api/session';
import { DaemonWarning } from '@/components/DaemonWarning';
import { useErrorText } from '@/components/errors';
import { Message } from '@/components/Message';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { JobRow } from './JobRow';

export default function JobsPage() {
    const { t } = useTranslation('operations');
    const text = useErrorText();
    const admin = useMayChange();
    const { jobs, daemon, busy, error, run } = useJobs();
    return (
        <>
            <PageHeader title={t('jobs.title')} description={t('jobs.description')} />
            <PageSection>
                <div className="ep-stack">
                    <DaemonWarning />
                    {error !== null && (
                        <Message live variant="danger" title={text(error)} />
                    )}
                    <Reading query={jobs}>
                        {({ result }) => (result.length === 0
                            ? (
                                <EmptyState headingLevel="h2" titleText={t('jobs.none')}>
                                    <EmptyStateBody>{t('jobs.noneBody')}</EmptyStateBody>
                                </EmptyState>
                            )
                            : (
                                <Table aria-label={t('jobs.title')}>
                                    <Thead>
                                        <Tr>
                                            <Th width={30}>{t('jobs.job')}</Th>
                                            <Th>{t('jobs.state')}</Th>
                                            <Th>{t('jobs.last')}</Th>
                                            <Th width={25}>{t('jobs.result')}</Th>
                                            <Th>{t('jobs.next')}</Th>
                                            {admin && (
                                                <Th screenReaderText={t('jobs.actions')} />
                                            )}
                                        </Tr>
                                    </Thead>
                                    <Tbody>
                                        {result.map((job) => (
                                            <JobRow key={job.name} job={job} busy={busy(job)}
                                                daemon={daemon} onRun={() => run(job)} />
                                        ))}
                                    </Tbody>
                                </Table>
                            ))}
                    </Reading>
                </div>
            </PageSection>
        </>
    );
}
