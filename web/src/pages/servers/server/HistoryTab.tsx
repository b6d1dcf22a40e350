// What was done to a server, from the audit log, which is for administrators.
import { EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { HistoryIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/Time';
import type { OneServer } from './server';

export function HistoryTab({ history }: { history: NonNullable<OneServer['history']> }) {
    const { t } = useTranslation('servers');
    if (history.length === 0) {
        return (
            <EmptyState headingLevel="h2" icon={HistoryIcon} titleText={t('history.none')}>
                <EmptyStateBody>{t('history.noneBody')}</EmptyStateBody>
            </EmptyState>
        );
    }
    return (
        <Table variant="compact" aria-label={t('tab.history')} gridBreakPoint="grid-md">
            <Thead>
                <Tr>
                    <Th>{t('history.time')}</Th>
                    <Th>{t('history.actor')}</Th>
                    <Th>{t('history.action')}</Th>
                    <Th>{t('history.detail')}</Th>
                </Tr>
            </Thead>
            <Tbody>
                {history.map((row) => (
                    <Tr key={row.id}>
                        <Td dataLabel={t('history.time')}><Time value={row.time} /></Td>
                        <Td dataLabel={t('history.actor')}>
                            <span className="ep-cell" dir="auto">{row.actor}</span>
                        </Td>
                        <Td dataLabel={t('history.action')}>
                            {t(`history.actions.${row.action}`, { defaultValue: row.action })}
                        </Td>
                        <Td dataLabel={t('history.detail')}>
                            <span className="ep-cell ep-mono" dir="auto">
                                {row.detail === null ? '' : JSON.stringify(row.detail)}
                            </span>
                        </Td>
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}
