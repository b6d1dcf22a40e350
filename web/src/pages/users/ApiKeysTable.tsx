// The table of API keys. One that has expired says so in red and in words.
import {
    Button, EmptyState, EmptyStateBody, Label, Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { CsvButton } from '@/components/CsvButton';
import { lines } from '@/components/csv';
import { Pages, pageOf, usePage } from '@/components/Pages';
import { SearchBox } from '@/components/SearchBox';
import { Time } from '@/components/Time';
import { useAddress } from '@/components/useAddress';
import { useSorted } from '@/components/useSorted';
import type { ApiKey } from './ApiKeys';

const COLUMNS = ['name', 'username', 'created', 'expires', 'lastUsed'] as const;
/** What a file of them has, by the API's names. */
const FILE = [
    'name', 'hint', 'username', 'created', 'expires', 'expired', 'last_used'
] as const;

function cell(key: ApiKey, column: typeof COLUMNS[number]): string {
    switch (column) {
    case 'name': return key.name;
    case 'username': return key.username;
    case 'created': return key.created;
    case 'expires': return key.expires ?? '9999';
    case 'lastUsed': return key.last_used ?? '';
    }
}

function Row({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: (key: ApiKey) => void }) {
    const { t } = useTranslation('users');
    return (
        <Tr>
            <Td dataLabel={t('apiKeys.column.name')} className="ep-break">
                {apiKey.name}{' '}
                <span className="ep-mono ep-subtle">{apiKey.hint}</span>
            </Td>
            <Td dataLabel={t('apiKeys.column.username')} className="ep-break">
                {apiKey.username}
            </Td>
            <Td dataLabel={t('apiKeys.column.created')}><Time value={apiKey.created} /></Td>
            <Td dataLabel={t('apiKeys.column.expires')}>
                {apiKey.expired ? (
                    <Label isCompact status="danger">
                        {t('apiKeys.expired')} <Time value={apiKey.expires} />
                    </Label>
                ) : <Time value={apiKey.expires} />}
            </Td>
            <Td dataLabel={t('apiKeys.column.lastUsed')}>
                <Time value={apiKey.last_used} relative />
            </Td>
            <Td className="ep-number">
                <Button variant="link" isDanger isInline onClick={() => onRevoke(apiKey)}
                    aria-label={t('apiKeys.revokeOne', { name: apiKey.name })}>
                    {t('apiKeys.revoke')}
                </Button>
            </Td>
        </Tr>
    );
}

export function ApiKeysTable({ keys, onRevoke }: {
    keys: ApiKey[];
    onRevoke: (key: ApiKey) => void;
}) {
    const { t } = useTranslation('users');
    const { params, change } = useAddress();
    const search = (params.get('search') ?? '').toLowerCase();
    const found = keys.filter(({ name, username }) =>
        `${name}\n${username}`.toLowerCase().includes(search));
    const { rows, sort } = useSorted(found, COLUMNS, cell);
    const page = usePage(found.length);

    return (
        <>
            <Toolbar>
                <ToolbarContent>
                    <ToolbarItem>
                        <SearchBox label={t('apiKeys.search')} value={params.get('search') ?? ''}
                            onChange={(value) => change({ search: value })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <CsvButton name="api-keys" empty={rows.length === 0}
                            table={() => lines(rows, FILE)} />
                    </ToolbarItem>
                    <ToolbarItem variant="pagination">
                        <Pages count={found.length} />
                    </ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <Table aria-label={t('apiKeys.title')} variant="compact">
                <Thead>
                    <Tr>
                        {COLUMNS.map((column, index) => (
                            <Th key={column} sort={sort(index)} modifier="nowrap">
                                {t(`apiKeys.column.${column}`)}
                            </Th>
                        ))}
                        <Th screenReaderText={t('column.actions')} />
                    </Tr>
                </Thead>
                <Tbody>
                    {pageOf(rows, page).map((key) => (
                        <Row key={key.id} apiKey={key} onRevoke={onRevoke} />
                    ))}
                </Tbody>
            </Table>
            {found.length > page.size && <Pages count={found.length} variant="bottom" />}
            {found.length === 0 && (
                <EmptyState headingLevel="h2" icon={SearchIcon} variant="sm"
                    titleText={t('apiKeys.nothing')}>
                    <EmptyStateBody>{t('nothing.body')}</EmptyStateBody>
                </EmptyState>
            )}
        </>
    );
}
