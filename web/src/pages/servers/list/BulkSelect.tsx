// Selects nothing, this page, or all servers that fit the filter.
import { useState } from 'react';
import {
    Dropdown, DropdownItem, DropdownList, MenuToggle, MenuToggleCheckbox
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { inMain } from '@/components/popper';
import type { Selection } from './useSelection';

export function BulkSelect({ selection, pageIds, total }: {
    selection: Selection;
    pageIds: string[];
    total: number;
}) {
    const { t } = useTranslation('servers');
    const [open, setOpen] = useState(false);
    const count = selection.count(total);
    const whole = pageIds.length > 0 && pageIds.every((id) => selection.has(id));
    const choose = (action: () => void) => () => { action(); setOpen(false); };
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} popperProps={inMain} toggle={(ref) => (
            <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}
                aria-label={t('select.label')}
                splitButtonItems={[
                    <MenuToggleCheckbox key="page" id="select-page"
                        aria-label={t('select.page', { count: pageIds.length })}
                        isChecked={whole ? true : count > 0 ? null : false}
                        onChange={(on) => (on
                            ? selection.setMany(pageIds, true) : selection.clear())}>
                        {count > 0 ? t('select.count', { count }) : undefined}
                    </MenuToggleCheckbox>
                ]} />
        )}>
            <DropdownList>
                <DropdownItem onClick={choose(selection.clear)}>{t('select.none')}</DropdownItem>
                <DropdownItem onClick={choose(() => selection.setMany(pageIds, true))}>
                    {t('select.page', { count: pageIds.length })}
                </DropdownItem>
                <DropdownItem onClick={choose(selection.setAll)}>
                    {t('select.all', { count: total })}
                </DropdownItem>
            </DropdownList>
        </Dropdown>
    );
}
