// All servers (TRAP-2), those of a key, of a patchset, or whatever else the
// filter in the address asks for.
import { useState } from 'react';
import { PageSection, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useMayChange } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { Pages } from '@/components/Pages';
import { Reading } from '@/components/Reading';
import { BulkDialog } from './bulk/BulkDialog';
import { BulkMenu } from './bulk/BulkMenu';
import type { BulkAction, BulkTarget } from './bulk/useBulk';
import { FilterBar } from './filter/FilterBar';
import { useFilter } from './filter/useFilter';
import { BulkSelect } from './list/BulkSelect';
import { ColumnChooser } from './list/ColumnChooser';
import { useColumns } from './list/columns';
import { Counters } from './list/Counters';
import { ExportMenu } from './list/ExportMenu';
import { NoMatch, NoServers } from './list/NoServers';
import { ServerTable } from './list/ServerTable';
import { useSelection } from './list/useSelection';
import { useServerPage } from './list/useServerPage';
import './servers.css';

export default function ServersPage() {
    const { t } = useTranslation('servers');
    const mayChange = useMayChange();
    const control = useFilter();
    const { filter } = control;
    const { query, sort, setPage, setSort } = useServerPage(filter);
    const columns = useColumns();
    const selection = useSelection(control.key);
    const [act, setAct] = useState<{ action: BulkAction; target: BulkTarget } | null>(null);

    const count = query.data?.count ?? 0;
    const selected: BulkTarget = selection.all
        ? { count, filter } : { count: selection.ids.size, ids: [...selection.ids] };
    const pages = (variant: 'top' | 'bottom') => (
        <Pages count={count} variant={variant} onPage={setPage} />
    );

    return (
        <>
            <PageHeader title={t('title')} description={t('description')}
                actions={<ExportMenu filter={filter} count={query.data?.count} />} />
            <PageSection>
                <Counters filter={filter} />
            </PageSection>
            <PageSection>
                <FilterBar control={control}>
                    {mayChange && count > 0 && (
                        <ToolbarGroup variant="action-group">
                            <ToolbarItem>
                                <BulkSelect selection={selection} total={count}
                                    pageIds={query.data?.result.map(({ id }) => id) ?? []} />
                            </ToolbarItem>
                            <ToolbarItem>
                                <BulkMenu count={selected.count} onChoose={(action) =>
                                    setAct({ action, target: selected })} />
                            </ToolbarItem>
                        </ToolbarGroup>
                    )}
                    {count > 0 && (
                        <>
                            <ToolbarItem><ColumnChooser {...columns} /></ToolbarItem>
                            <ToolbarItem variant="pagination">{pages('top')}</ToolbarItem>
                        </>
                    )}
                </FilterBar>
                <Reading query={query}>
                    {({ result }) => {
                        if (count === 0) {
                            return control.key === ''
                                ? <NoServers /> : <NoMatch onReset={control.reset} />;
                        }
                        return (
                            <>
                                <ServerTable servers={result} columns={columns.shown}
                                    sort={sort} setSort={setSort} selection={selection}
                                    busy={query.isPlaceholderData} mayChange={mayChange}
                                    onAct={(action, target) => setAct({ action, target })} />
                                {pages('bottom')}
                            </>
                        );
                    }}
                </Reading>
            </PageSection>
            {act !== null && (
                <BulkDialog {...act} onClose={() => setAct(null)}
                    onDone={() => { setAct(null); selection.clear(); }} />
            )}
        </>
    );
}
