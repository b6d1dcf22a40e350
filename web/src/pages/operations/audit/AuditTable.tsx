// The rows; each opens to show its detail.
import { useState } from 'react';
import { Button, Label } from '@patternfly/react-core';
import { AngleDownIcon, AngleRightIcon } from '@patternfly/react-icons';
import {
    ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr
} from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { Time } from '@/components/Time';
import { useActionText } from './actions';
import { AuditDetail } from './AuditDetail';

export type AuditRow = Answer<'/admin/api/audit', 'get'>['result'][number];

function Row({ row }: { row: AuditRow }) {
    const { t } = useTranslation('operations');
    const text = useActionText();
    const [open, setOpen] = useState(false);
    const good = row.result === 'ok';
    const words = text(row.action);
    return (
        <Tbody isExpanded={open}>
            <Tr>
                <Td dataLabel={t('audit.detail')}>
                    <Button variant="plain" size="sm" aria-expanded={open}
                        aria-label={t('audit.detailOf', { action: words, id: row.id })}
                        icon={open ? <AngleDownIcon /> : <AngleRightIcon />}
                        onClick={() => setOpen(!open)} />
                </Td>
                <Td dataLabel={t('audit.time')} modifier="nowrap">
                    <Time seconds value={row.time} />
                </Td>
                <Td dataLabel={t('audit.actor')} modifier="breakWord">{row.actor}</Td>
                <Td dataLabel={t('audit.action')} modifier="breakWord">
                    {words === row.action ? <code>{words}</code> : words}
                </Td>
                <Td dataLabel={t('audit.object')} modifier="breakWord">{row.object}</Td>
                <Td dataLabel={t('audit.result')}>
                    <Label variant="outline" status={good ? 'success' : 'danger'}>
                        {good ? t('audit.ok') : row.result}
                    </Label>
                </Td>
                <Td dataLabel={t('audit.via')}>
                    {t(`audit.way.${row.via}`, { defaultValue: row.via })}
                </Td>
            </Tr>
            {open && (
                <Tr isExpanded>
                    <Td colSpan={7}>
                        <ExpandableRowContent><AuditDetail row={row} /></ExpandableRowContent>
                    </Td>
                </Tr>
            )}
        </Tbody>
    );
}

export function AuditTable({ rows }: { rows: AuditRow[] }) {
    const { t } = useTranslation('operations');
    return (
        <Table aria-label={t('audit.title')} variant="compact" isExpandable>
            <Thead>
                <Tr>
                    <Th screenReaderText={t('audit.detail')} />
                    <Th>{t('audit.time')}</Th>
                    <Th>{t('audit.actor')}</Th>
                    <Th>{t('audit.action')}</Th>
                    <Th>{t('audit.object')}</Th>
                    <Th>{t('audit.result')}</Th>
                    <Th>{t('audit.via')}</Th>
                </Tr>
            </Thead>
            {rows.map((row) => <Row key={row.id} row={row} />)}
        </Table>
    );
}
