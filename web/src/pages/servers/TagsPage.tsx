// Server tags (NEW-TAG-1): which there are, and how many servers have them.
import { useCallback, useState } from 'react';
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection,
    Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { SearchIcon, TagIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { CopyBlock } from '@/components/CopyBlock';
import { CsvButton } from '@/components/CsvButton';
import { lines } from '@/components/csv';
import { PageHeader } from '@/components/PageHeader';
import { pageOf, Pages, usePage } from '@/components/Pages';
import { Reading } from '@/components/Reading';
import { SearchBox } from '@/components/SearchBox';
import { useAddress } from '@/components/useAddress';
import { DeleteTag } from './tags/DeleteTag';
import { TagDialog } from './tags/TagDialog';
import { TagsTable, type Tag } from './tags/TagsTable';
import './servers.css';

function sorted(tags: Tag[], sort: string): Tag[] {
    const sign = sort.startsWith('-') ? -1 : 1;
    return sort.endsWith('servers')
        ? tags.toSorted((a, b) => sign * (a.servers - b.servers))
        : tags.toSorted((a, b) => sign * a.name.localeCompare(b.name));
}

function NoTags({ onCreate }: { onCreate: (() => void) | null }) {
    const { t } = useTranslation('servers');
    return (
        <EmptyState headingLevel="h2" icon={TagIcon} titleText={t('tagPage.none')}>
            <EmptyStateBody>
                <p>{t('tagPage.noneBody')}</p>
                <CopyBlock label={t('tagPage.command')}>
                    {'kcarectl --tag "env:prod;ubuntu"'}
                </CopyBlock>
            </EmptyStateBody>
            {onCreate !== null && (
                <EmptyStateFooter>
                    <EmptyStateActions>
                        <Button onClick={onCreate}>{t('tagPage.create')}</Button>
                    </EmptyStateActions>
                </EmptyStateFooter>
            )}
        </EmptyState>
    );
}

export default function TagsPage() {
    const { t } = useTranslation('servers');
    const mayChange = useMayChange();
    const query = useApi('/admin/api/tags');
    const { params, change } = useAddress();
    const [dialog, setDialog] = useState<{ what: 'name' | 'delete'; tag: string | null } | null>(
        null);
    const search = params.get('search') ?? '';
    const sort = params.get('sort') ?? 'name';
    const setSearch = useCallback((text: string) => change({ search: text.trim() }), [change]);
    const rows = sorted((query.data?.result ?? []).filter(({ name }) =>
        name.toLowerCase().includes(search.toLowerCase())), sort);
    const page = usePage(rows.length);
    const create = () => setDialog({ what: 'name', tag: null });

    return (
        <>
            <PageHeader title={t('tagPage.title')} description={t('tagPage.description')}
                {...(mayChange && {
                    actions: <Button onClick={create}>{t('tagPage.create')}</Button>
                })} />
            <PageSection>
                <Reading query={query}>
                    {({ result }) => (result.length === 0 ? (
                        <NoTags onCreate={mayChange ? create : null} />
                    ) : (
                        <>
                            <Toolbar inset={{ default: 'insetNone' }}>
                                <ToolbarContent>
                                    <ToolbarItem>
                                        <SearchBox label={t('tagPage.search')} value={search}
                                            onChange={setSearch} />
                                    </ToolbarItem>
                                    <ToolbarItem>
                                        <CsvButton name="tags" empty={rows.length === 0}
                                            table={() => lines(rows, ['name', 'servers'])} />
                                    </ToolbarItem>
                                    <ToolbarItem variant="pagination">
                                        <Pages count={rows.length} />
                                    </ToolbarItem>
                                </ToolbarContent>
                            </Toolbar>
                            {rows.length === 0 ? (
                                <EmptyState headingLevel="h2" icon={SearchIcon}
                                    titleText={t('tagPage.noMatch')}>
                                    <EmptyStateFooter>
                                        <Button variant="link"
                                            onClick={() => setSearch('')}>
                                            {t('common:filter.clearSearch')}
                                        </Button>
                                    </EmptyStateFooter>
                                </EmptyState>
                            ) : (
                                <TagsTable tags={pageOf(rows, page)}
                                    mayChange={mayChange} sort={sort}
                                    onSort={(to) => change({ sort: to })}
                                    onRename={(tag) => setDialog({ what: 'name', tag })}
                                    onDelete={(tag) => setDialog({ what: 'delete', tag })} />
                            )}
                            {rows.length > page.size && (
                                <Pages count={rows.length} variant="bottom" />
                            )}
                        </>
                    ))}
                </Reading>
            </PageSection>
            {dialog?.what === 'name' && (
                <TagDialog tag={dialog.tag} onClose={() => setDialog(null)} />
            )}
            {dialog?.what === 'delete' && dialog.tag !== null && (
                <DeleteTag tag={dialog.tag} onClose={() => setDialog(null)} />
            )}
        </>
    );
}
