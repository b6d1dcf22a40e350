// Registration keys: list, search, delete (KEY-1..6).
import { useMemo, useState } from 'react';
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter,
    PageSection, Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { KeyIcon, SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMayChange } from '@/api/session';
import { CsvButton } from '@/components/CsvButton';
import { lines } from '@/components/csv';
import { FilterChips } from '@/components/FilterChips';
import { FilterMenu } from '@/components/FilterMenu';
import { PageHeader } from '@/components/PageHeader';
import { pageOf, Pages, usePage } from '@/components/Pages';
import { Reading } from '@/components/Reading';
import { SearchBox } from '@/components/SearchBox';
import { useAddress, type Changes } from '@/components/useAddress';
import { Created } from './Created';
import { DeleteKey } from './DeleteKey';
import { rowsOf, useKeys, viewOf, type Key, type View } from './keys';
import { KeyTable } from './KeyTable';

const noFilter: Changes = { search: null, feed: null };

function CreateButton() {
    const { t } = useTranslation('keys');
    return (
        <Button component={(props) => <Link {...props} to="/keys/new" />}>
            {t('create.action')}
        </Button>
    );
}

function NoKeys() {
    const { t } = useTranslation('keys');
    const mayChange = useMayChange();
    return (
        <EmptyState headingLevel="h2" icon={KeyIcon} titleText={t('empty.title')}>
            <EmptyStateBody>{t(mayChange ? 'empty.body' : 'empty.reader')}</EmptyStateBody>
            {mayChange && (
                <EmptyStateFooter>
                    <EmptyStateActions><CreateButton /></EmptyStateActions>
                </EmptyStateFooter>
            )}
        </EmptyState>
    );
}

function NothingFits({ onClear }: { onClear: () => void }) {
    const { t } = useTranslation('keys');
    return (
        <EmptyState headingLevel="h2" icon={SearchIcon} titleText={t('nothing')}>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <Button variant="link" onClick={onClear}>{t('common:filter.clear')}</Button>
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}

/** What a file of them has, by the API's names. */
const FILE = ['key', 'feed', 'note', 'server_limit', 'servers', 'created'] as const;

function Filters({ view, feeds, rows, onChange }: {
    view: View;
    feeds: string[];
    /** those that fit */
    rows: readonly Key[];
    onChange: (changes: Changes) => void;
}) {
    const { t } = useTranslation('keys');
    return (
        <>
            <Toolbar>
                <ToolbarContent rowWrap={{ default: 'wrap' }}>
                    <ToolbarItem>
                        <SearchBox label={t('search')} value={view.search}
                            onChange={(search) => onChange({ search })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <FilterMenu label={t('column.feed')} chosen={view.feeds}
                            options={feeds.map((value) => ({ value, text: value }))}
                            onChange={(feed) => onChange({ feed })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <CsvButton name="keys" empty={rows.length === 0}
                            table={() => lines(rows, FILE)} />
                    </ToolbarItem>
                    <ToolbarItem variant="pagination" align={{ default: 'alignEnd' }}>
                        <Pages count={rows.length} />
                    </ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <FilterChips onClear={() => onChange(noFilter)} groups={[{
                name: t('column.feed'),
                chips: view.feeds.map((feed) => ({
                    key: feed, text: feed, onRemove: () => onChange({
                        feed: view.feeds.filter((one) => one !== feed)
                    })
                }))
            }]} />
        </>
    );
}

function KeyList({ keys }: { keys: readonly Key[] }) {
    const { params, change } = useAddress();
    const [deleting, setDeleting] = useState<Key | null>(null);
    const query = params.toString();
    const view = useMemo(() => viewOf(new URLSearchParams(query)), [query]);
    const rows = useMemo(() => rowsOf(keys, view), [keys, view]);
    const page = usePage(rows.length);
    // Its servers are told as they are now; when it is gone from the list its
    // dialog still has to say so.
    const doomed = keys.find(({ key }) => key === deleting?.key) ?? deleting;

    return (
        <>
            <Filters view={view} rows={rows} onChange={change}
                feeds={[...new Set(keys.map(({ feed }) => feed))].sort()} />
            {rows.length === 0 ? <NothingFits onClear={() => change(noFilter)} /> : (
                <KeyTable rows={pageOf(rows, page)} sort={view.sort}
                    onSort={(sort) => change({ sort: sort === 'key' ? null : sort })}
                    onDelete={setDeleting} />
            )}
            {rows.length > page.size && <Pages count={rows.length} variant="bottom" />}
            {doomed !== null && (
                <DeleteKey row={doomed} onClose={() => setDeleting(null)}
                    onDeleted={() => setDeleting(null)} />
            )}
        </>
    );
}

export default function KeysPage() {
    const { t } = useTranslation('keys');
    const mayChange = useMayChange();
    const keys = useKeys();
    return (
        <>
            <PageHeader title={t('title')} description={t('description')}
                {...(mayChange && { actions: <CreateButton /> })} />
            <PageSection>
                <Created />
                <Reading query={keys}>
                    {({ result }) => result.length === 0 ? <NoKeys /> : <KeyList keys={result} />}
                </Reading>
            </PageSection>
        </>
    );
}
