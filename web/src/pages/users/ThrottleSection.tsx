// Failed logins that are counted, and who has to wait because of them.
import {
    Button, Content, EmptyState, EmptyStateBody, Flex, FlexItem, Label, PageSection, Title
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { CheckCircleIcon, ClockIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { useApi, useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { useErrorText } from '@/components/errors';
import { Reading } from '@/components/Reading';
import { Time, parseTime } from '@/components/Time';

type Throttled = Answer<'/admin/api/throttle', 'get'>['result'][number];

function useClear() {
    const { t } = useTranslation('users');
    const tell = useTell();
    const text = useErrorText();
    const clear = useSend('delete', '/admin/api/throttle', ['/admin/api/throttle']);
    return (name: string | null) => clear.mutate({ params: name === null ? {} : { name } }, {
        onSuccess: () => tell(name === null
            ? t('throttle.clearedAll') : t('throttle.cleared', { name })),
        onError: (error) => tell(text(error), 'danger')
    });
}

function Rows({ rows }: { rows: Throttled[] }) {
    const { t } = useTranslation('users');
    const clear = useClear();
    const waits = ({ until }: Throttled) =>
        until !== null && parseTime(until).getTime() > Date.now();
    return (
        <Table aria-label={t('throttle.title')} variant="compact">
            <Thead>
                <Tr>
                    {(['who', 'kind', 'failures', 'last', 'until'] as const).map((column) => (
                        <Th key={column}>{t(`throttle.${column}`)}</Th>
                    ))}
                    <Th screenReaderText={t('column.actions')} />
                </Tr>
            </Thead>
            <Tbody>
                {rows.map((row) => (
                    <Tr key={`${row.kind} ${row.name}`}>
                        <Td dataLabel={t('throttle.who')} className="ep-break">{row.name}</Td>
                        <Td dataLabel={t('throttle.kind')}>{t(`throttle.kinds.${row.kind}`)}</Td>
                        <Td dataLabel={t('throttle.failures')}>{row.failures}</Td>
                        <Td dataLabel={t('throttle.last')}><Time value={row.last} relative /></Td>
                        <Td dataLabel={t('throttle.until')}>
                            {waits(row) ? (
                                <Label isCompact color="orange" icon={<ClockIcon />}>
                                    <Time value={row.until} relative />
                                </Label>
                            ) : t('throttle.free')}
                        </Td>
                        <Td className="ep-number">
                            <Button variant="link" isInline onClick={() => clear(row.name)}
                                aria-label={t('throttle.clearOne', { name: row.name })}>
                                {t('throttle.clear')}
                            </Button>
                        </Td>
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}

export function ThrottleSection() {
    const { t } = useTranslation('users');
    const query = useApi('/admin/api/throttle');
    const clear = useClear();
    return (
        <PageSection>
            <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }}>
                <FlexItem>
                    <Title headingLevel="h2">{t('throttle.title')}</Title>
                </FlexItem>
                {query.data !== undefined && query.data.result.length > 0 && (
                    <FlexItem>
                        <Button variant="secondary" onClick={() => clear(null)}>
                            {t('throttle.clearAll')}
                        </Button>
                    </FlexItem>
                )}
            </Flex>
            <Content component="p">{t('throttle.description')}</Content>
            <Reading query={query}>
                {({ result }) => result.length > 0 ? <Rows rows={result} /> : (
                    <EmptyState headingLevel="h3" icon={CheckCircleIcon} variant="sm"
                        titleText={t('throttle.none')}>
                        <EmptyStateBody>{t('throttle.noneBody')}</EmptyStateBody>
                    </EmptyState>
                )}
            </Reading>
        </PageSection>
    );
}
