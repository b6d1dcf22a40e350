// The rows of the Tags tab: Assigned, Tag, Tag value, and who says so.
import {
    Checkbox, FormHelperText, HelperText, HelperTextItem, TextInput
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { plain } from '@/components/text';
import type { OneServer } from './server';
import { isBadName, isBadValue, type TagRow } from './tags';

function Fault({ children }: { children: string }) {
    return (
        <FormHelperText>
            <HelperText>
                <HelperTextItem variant="error">{children}</HelperTextItem>
            </HelperText>
        </FormHelperText>
    );
}

function NameCell({ row, index, onChange }: {
    row: TagRow;
    index: number;
    onChange: (index: number, part: Partial<TagRow>) => void;
}) {
    const { t } = useTranslation('servers');
    if (row.isNew !== true) {
        return <span className="ep-cell" dir="auto">{row.name}</span>;
    }
    const bad = row.name !== '' && isBadName(row.name);
    return (
        <>
            <TextInput value={row.name} autoFocus dir="auto" id={`tag-name-${index}`}
                aria-label={t('tagsTab.name')} validated={bad ? 'error' : 'default'}
                onChange={(_, name) => onChange(index, { name })} />
            {bad && <Fault>{t('tagsTab.badName')}</Fault>}
        </>
    );
}

export function TagTable({ agent, rows, mayChange, onChange }: {
    agent: OneServer['agent_tags'];
    rows: { row: TagRow; index: number }[];
    mayChange: boolean;
    onChange: (index: number, part: Partial<TagRow>) => void;
}) {
    const { t } = useTranslation('servers');
    const head = {
        assigned: t('tagsTab.assigned'), name: t('tagsTab.name'),
        value: t('tagsTab.value'), origin: t('tagsTab.origin')
    };
    if (agent.length + rows.length === 0) {
        return <p>{t(mayChange ? 'tagsTab.noneYet' : 'tagsTab.none')}</p>;
    }
    return (
        <Table variant="compact" aria-label={t('tab.tags')} gridBreakPoint="grid-md">
            <Thead>
                <Tr>
                    <Th>{head.assigned}</Th>
                    <Th width={30}>{head.name}</Th>
                    <Th width={40}>{head.value}</Th>
                    <Th>{head.origin}</Th>
                </Tr>
            </Thead>
            <Tbody>
                {agent.map(({ name, value }) => (
                    <Tr key={`agent ${name}`}>
                        <Td dataLabel={head.assigned}>
                            <Checkbox id={`agent-tag-${name}`} isChecked isDisabled
                                aria-label={t('tagsTab.assign', { name: plain(name) })} />
                        </Td>
                        <Td dataLabel={head.name}>
                            <span className="ep-cell" dir="auto">{name}</span>
                        </Td>
                        <Td dataLabel={head.value}>
                            <span className="ep-cell" dir="auto">{value}</span>
                        </Td>
                        <Td dataLabel={head.origin}>{t('tagsTab.agent')}</Td>
                    </Tr>
                ))}
                {rows.map(({ row, index }) => (
                    <Tr key={`portal ${row.isNew === true ? index : row.name}`}>
                        <Td dataLabel={head.assigned}>
                            <Checkbox id={`tag-${index}`} isChecked={row.assigned}
                                isDisabled={!mayChange}
                                aria-label={t('tagsTab.assign', { name: plain(row.name) })}
                                onChange={(_, assigned) => onChange(index, { assigned })} />
                        </Td>
                        <Td dataLabel={head.name}>
                            <NameCell row={row} index={index} onChange={onChange} />
                        </Td>
                        <Td dataLabel={head.value}>
                            {mayChange ? (
                                <>
                                    <TextInput value={row.value} dir="auto"
                                        id={`tag-value-${index}`}
                                        aria-label={t('tagsTab.valueOf',
                                            { name: plain(row.name) })}
                                        validated={isBadValue(row.value) ? 'error' : 'default'}
                                        onChange={(_, value) => onChange(index, {
                                            value, assigned: row.assigned || value !== ''
                                        })} />
                                    {isBadValue(row.value)
                                        && <Fault>{t('tagsTab.badValue')}</Fault>}
                                </>
                            ) : <span className="ep-cell" dir="auto">{row.value}</span>}
                        </Td>
                        <Td dataLabel={head.origin}>
                            {row.assigned ? t('tagsTab.portal') : ''}
                        </Td>
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}
