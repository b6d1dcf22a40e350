// Where one is logged in: one session, or all others, can be ended.
import {
    Button, Content, Flex, FlexItem, Label, PageSection, Title, Tooltip
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { useApi, useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { isPaged, Pages, pageOf, usePage } from '@/components/Pages';
import { floor } from '@/components/popper';
import { Reading } from '@/components/Reading';
import { Time } from '@/components/Time';
import { browserName } from './userAgent';

type MySession = Answer<'/admin/api/sessions', 'get'>['result'][number];

function Rows({ sessions }: { sessions: readonly MySession[] }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const text = useErrorText();
    const end = useSend('delete', '/admin/api/sessions/{id}', ['/admin/api/sessions']);
    const endOne = (id: number) => end.mutate({ names: { id: String(id) } }, {
        onSuccess: () => tell(t('told.ended')),
        onError: (error) => tell(text(error), 'danger')
    });
    return (
        <Table aria-label={t('sessions.title')} variant="compact">
            <Thead>
                <Tr>
                    {(['browser', 'address', 'created', 'seen', 'expires'] as const)
                        .map((column) => <Th key={column}>{t(`sessions.${column}`)}</Th>)}
                    <Th screenReaderText={t('column.actions')} />
                </Tr>
            </Thead>
            <Tbody>
                {sessions.map((row) => (
                    <Tr key={row.id}>
                        <Td dataLabel={t('sessions.browser')} className="ep-break">
                            <Tooltip appendTo={floor} content={row.user_agent}>
                                <span tabIndex={0}>
                                    {browserName(row.user_agent) ?? t('sessions.unknown')}
                                </span>
                            </Tooltip>{' '}
                            {row.current && (
                                <Label isCompact color="green">{t('sessions.current')}</Label>
                            )}
                        </Td>
                        <Td dataLabel={t('sessions.address')}>{row.address}</Td>
                        <Td dataLabel={t('sessions.created')}>
                            <Time value={row.created} relative />
                        </Td>
                        <Td dataLabel={t('sessions.seen')}>
                            <Time value={row.last_seen} relative />
                        </Td>
                        <Td dataLabel={t('sessions.expires')}><Time value={row.expires} /></Td>
                        <Td className="ep-number">
                            {!row.current && (
                                <Button variant="link" isInline isDanger
                                    aria-label={t('sessions.endOne', { address: row.address })}
                                    onClick={() => endOne(row.id)}>
                                    {t('sessions.end')}
                                </Button>
                            )}
                        </Td>
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}

function List({ sessions }: { sessions: readonly MySession[] }) {
    const page = usePage(sessions.length);
    return (
        <>
            <Rows sessions={pageOf(sessions, page)} />
            {isPaged(sessions.length, page) && (
                <Pages count={sessions.length} variant="bottom" />
            )}
        </>
    );
}

export function MySessions({ username }: { username: string }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const text = useErrorText();
    const query = useApi('/admin/api/sessions');
    const endOthers = useSend('delete', '/admin/api/sessions', ['/admin/api/sessions']);
    const mine = query.data?.result.filter((row) => row.username === username) ?? [];
    return (
        <PageSection>
            <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }}>
                <FlexItem>
                    <Title headingLevel="h2">{t('sessions.title')}</Title>
                </FlexItem>
                {mine.some(({ current }) => !current) && (
                    <FlexItem>
                        <BusyButton variant="secondary" isLoading={endOthers.isPending}
                            onClick={() => endOthers.mutate({}, {
                                onSuccess: ({ result }) =>
                                    tell(t('told.endedOthers', { count: result })),
                                onError: (error) => tell(text(error), 'danger')
                            })}>
                            {t('sessions.endOthers')}
                        </BusyButton>
                    </FlexItem>
                )}
            </Flex>
            <Content component="p">{t('sessions.description')}</Content>
            <Reading query={query}>{() => <List sessions={mine} />}</Reading>
        </PageSection>
    );
}
