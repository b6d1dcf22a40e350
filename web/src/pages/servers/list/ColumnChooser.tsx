// Which columns are shown; remembered in this browser.
import { useState } from 'react';
import {
    Divider, Dropdown, DropdownItem, DropdownList, MenuToggle
} from '@patternfly/react-core';
import { ColumnsIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { inMain } from '@/components/popper';
import { columns, type useColumns } from './columns';

export function ColumnChooser({ shown, toggle, reset }: ReturnType<typeof useColumns>) {
    const { t } = useTranslation('servers');
    const [open, setOpen] = useState(false);
    const names = shown.map(({ name }) => name);
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} isScrollable maxMenuHeight="24rem"
            popperProps={{ ...inMain, position: 'end' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="plain" isExpanded={open}
                    aria-label={t('columns.label')} onClick={() => setOpen(!open)}>
                    <ColumnsIcon />
                </MenuToggle>
            )}>
            <DropdownList aria-label={t('columns.label')}>
                {columns.slice(1).map(({ name }) => (
                    <DropdownItem key={name} hasCheckbox isSelected={names.includes(name)}
                        onClick={() => toggle(name)}>
                        {t(`column.${name}`)}
                    </DropdownItem>
                ))}
                <Divider component="li" />
                <DropdownItem onClick={() => { reset(); setOpen(false); }}>
                    {t('columns.reset')}
                </DropdownItem>
            </DropdownList>
        </Dropdown>
    );
}
