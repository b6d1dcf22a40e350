// What can be done to the selected servers.
import { useState } from 'react';
import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { inMain } from '@/components/popper';
import type { BulkAction } from './useBulk';

const changes = ['add-tags', 'set-tags', 'remove-tags', 'move'] as const;

export function BulkMenu({ count, onChoose }: {
    count: number;
    onChoose: (action: BulkAction) => void;
}) {
    const { t } = useTranslation('servers');
    const [open, setOpen] = useState(false);
    const choose = (action: BulkAction) => () => { setOpen(false); onChoose(action); };
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} popperProps={inMain} toggle={(ref) => (
            <MenuToggle ref={ref} isExpanded={open} isDisabled={count === 0}
                onClick={() => setOpen(!open)}>
                {t('bulk.menu')}
            </MenuToggle>
        )}>
            <DropdownList>
                {changes.map((action) => (
                    <DropdownItem key={action} onClick={choose(action)}>
                        {t(`bulk.${action}`)}
                    </DropdownItem>
                ))}
                <Divider component="li" />
                <DropdownItem isDanger onClick={choose('delete')}>{t('bulk.delete')}</DropdownItem>
            </DropdownList>
        </Dropdown>
    );
}
