// The tags that there are, each with the number of its servers.
import { Button, Flex } from '@patternfly/react-core';
import { PencilAltIcon, TrashIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Answer } from '@/api/client';
import { serversLink } from '@/components/serversLink';
import { plain } from '@/components/text';

export type Tag = Answer<'/admin/api/tags', 'get'>['result'][number];

export function TagsTable({ tags, mayChange, sort, onSort, onRename, onDelete }: {
    tags: Tag[];
    mayChange: boolean;
    /** "servers", with a - in front in the opposite order */
    sort: string;
    onSort: (sort: string) => void;
    onRename: (name: string) => void;
    onDelete: (name: string) => void;
}) {
    const { t, i18n } = useTranslation('servers');
    const number = new Intl.NumberFormat(i18n.language);
    const columns = ['name', 'servers'];
    const sortOf = (columnIndex: number) => ({
        columnIndex,
        sortBy: {
            index: columns.indexOf(sort.replace('-', '')),
            direction: sort.startsWith('-') ? 'desc' as const : 'asc' as const
        },
        onSort: (_: unknown, index: number, direction: 'asc' | 'desc') =>
            onSort(`${direction === 'desc' ? '-' : ''}${columns[index]}`)
    });
    return (
        <Table variant="compact" aria-label={t('tagPage.title')} gridBreakPoint="">
            <Thead>
                <Tr>
                    <Th width={50} modifier="nowrap" sort={sortOf(0)}>{t('tagPage.name')}</Th>
                    <Th className="ep-number" modifier="wrap" sort={sortOf(1)}>
                        {t('tagPage.servers')}
                    </Th>
                    {mayChange && <Th screenReaderText={t('row.column')} />}
                </Tr>
            </Thead>
            <Tbody>
                {tags.map(({ name, servers }) => (
                    <Tr key={name}>
                        <Td><span className="ep-break" dir="auto">{name}</span></Td>
                        <Td className="ep-number">
                            <Link to={serversLink({ tag: name })}
                                aria-label={t('tagPage.link',
                                    { count: servers, name: plain(name) })}>
                                {number.format(servers)}
                            </Link>
                        </Td>
                        {mayChange && (
                            <Td isActionCell>
                                <Flex flexWrap={{ default: 'nowrap' }}
                                    spaceItems={{ default: 'spaceItemsNone' }}>
                                    <Button variant="plain" icon={<PencilAltIcon />}
                                        aria-label={t('tagPage.renameTitle',
                                            { name: plain(name) })}
                                        onClick={() => onRename(name)} />
                                    <Button variant="plain" icon={<TrashIcon />}
                                        aria-label={t('tagPage.deleteLabel',
                                            { name: plain(name) })}
                                        onClick={() => onDelete(name)} />
                                </Flex>
                            </Td>
                        )}
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}
