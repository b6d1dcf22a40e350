// What the matrix shows: search, distributions, states, only in use, and what
// is not available.
import { useCallback, type ReactNode } from 'react';
import { Switch, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { FilterChips } from '@/components/FilterChips';
import { FilterMenu } from '@/components/FilterMenu';
import { Pages } from '@/components/Pages';
import { SearchBox } from '@/components/SearchBox';
import type { Changes } from '@/components/useAddress';
import { Legend } from './Legend';
import type { View } from './matrix';
import { states } from './states';

export const noFilter: Changes = {
    distro: null, state: null, search: null, used: null
};

function Chips({ view, onChange }: { view: View; onChange: (changes: Changes) => void }) {
    const { t } = useTranslation('patchsets');
    const chips = (param: 'distro' | 'state', chosen: readonly string[],
        text: (value: string) => string) => chosen.map((value) => ({
        key: value, text: text(value),
        onRemove: () => onChange({ [param]: chosen.filter((one) => one !== value) })
    }));
    return (
        <FilterChips onClear={() => onChange(noFilter)} groups={[{
            name: t('column.distros'),
            chips: chips('distro', view.distros, (value) => value)
        }, {
            name: t('filter.state'),
            chips: chips('state', view.states, (value) => t(`state.${value}`))
        }]} />
    );
}

export function MatrixFilters({ view, distros, count, csv, onChange }: {
    view: View;
    /** all that there are */
    distros: readonly string[];
    /** rows that fit */
    count: number;
    /** the button that takes them away */
    csv: ReactNode;
    onChange: (changes: Changes) => void;
}) {
    const { t } = useTranslation('patchsets');
    const search = useCallback((text: string) => onChange({ search: text }), [onChange]);
    return (
        <div>
            <Toolbar inset={{ default: 'insetNone' }}>
                <ToolbarContent rowWrap={{ default: 'wrap' }}>
                    <ToolbarItem>
                        <SearchBox label={t('filter.search')} value={view.search}
                            onChange={search} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <FilterMenu label={t('column.distros')} chosen={view.distros}
                            options={distros.map((value) => ({ value, text: value }))}
                            onChange={(distro) => onChange({ distro })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <FilterMenu label={t('filter.state')} chosen={view.states}
                            options={states.map((value) => (
                                { value, text: t(`state.${value}`) }))}
                            onChange={(state) => onChange({ state })} />
                    </ToolbarItem>
                    <ToolbarItem>{csv}</ToolbarItem>
                    <ToolbarItem variant="pagination" align={{ default: 'alignEnd' }}>
                        <Pages count={count} />
                    </ToolbarItem>
                </ToolbarContent>
                <ToolbarContent alignItems="center" rowWrap={{ default: 'wrap' }}>
                    <ToolbarItem>
                        <Switch id="matrix-used" label={t('filter.used')}
                            isChecked={view.used}
                            onChange={(_, on) => onChange({ used: on ? 'true' : null })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <Switch id="matrix-unavailable" label={t('filter.unavailable')}
                            isChecked={view.unavailable}
                            onChange={(_, on) => onChange({
                                unavailable: on ? 'true' : null
                            })} />
                    </ToolbarItem>
                    <ToolbarItem align={{ md: 'alignEnd' }}><Legend /></ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <Chips view={view} onChange={onChange} />
        </div>
    );
}
