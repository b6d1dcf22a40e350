// How one asks for servers: search, filters and what is asked for now. The
// list and the overview share it.
import { useCallback, useRef, useState, type ReactNode } from 'react';
import { Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { FilterChips } from '@/components/FilterChips';
import { SearchBox } from '@/components/SearchBox';
import { AddFilter, FilterValue } from './AddFilter';
import type { Attribute } from './filter';
import type { FilterControl } from './useFilter';
import { useWords } from './useWords';

function Chips({ control: { filter, remove, reset } }: { control: FilterControl }) {
    const words = useWords();
    const groups = Object.entries(filter).map(([name, value]) => ({
        name: words.attribute(name),
        chips: [{ key: name, text: words.value(name, value), onRemove: () => remove(name) }]
    }));
    return <FilterChips groups={groups} onClear={reset} />;
}

export function FilterBar({ control, children }: {
    control: FilterControl;
    /** a row of tools below the filters */
    children?: ReactNode;
}) {
    const { t } = useTranslation('servers');
    const toggle = useRef<HTMLButtonElement>(null);
    const [attribute, setAttribute] = useState<Attribute | null>(null);
    const { filter, set } = control;
    const search = useCallback((text: string) => set('search', text.trim()), [set]);
    const close = () => {
        setAttribute(null);
        toggle.current?.focus();
    };
    return (
        <Toolbar inset={{ default: 'insetNone' }}>
            <ToolbarContent>
                <ToolbarItem className="ep-search">
                    <SearchBox label={t('search')} value={filter['search'] ?? ''}
                        onChange={search} />
                </ToolbarItem>
                <ToolbarItem>
                    <AddFilter toggle={toggle} onChoose={setAttribute} />
                </ToolbarItem>
            </ToolbarContent>
            {attribute !== null && (
                <ToolbarContent>
                    <FilterValue key={attribute.name} attribute={attribute} onClose={close}
                        onApply={(param, value) => { set(param, value); close(); }} />
                </ToolbarContent>
            )}
            {Object.keys(filter).length > 0 && (
                <ToolbarContent><Chips control={control} /></ToolbarContent>
            )}
            {children !== undefined && <ToolbarContent>{children}</ToolbarContent>}
        </Toolbar>
    );
}
