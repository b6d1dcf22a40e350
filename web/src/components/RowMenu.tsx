// What can be done with one row of a table, behind three dots.
import { useState } from 'react';
import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { EllipsisVIcon } from '@patternfly/react-icons';
import { inMain } from './popper';

export interface RowAction {
    text: string;
    onClick: () => void;
    /** set apart from those above it, and red */
    danger?: boolean;
}

export function RowMenu({ label, actions }: {
    /** says of which row it is */
    label: string;
    actions: readonly RowAction[];
}) {
    const [open, setOpen] = useState(false);
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} onSelect={() => setOpen(false)}
            popperProps={{ ...inMain, position: 'end' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="plain" isExpanded={open} aria-label={label}
                    icon={<EllipsisVIcon />} onClick={() => setOpen(!open)} />
            )}>
            <DropdownList>
                {actions.flatMap(({ text, onClick, danger = false }, index) => [
                    danger && index > 0 && <Divider key={`${text}-divider`} component="li" />,
                    <DropdownItem key={text} isDanger={danger} onClick={onClick}>
                        {text}
                    </DropdownItem>
                ])}
            </DropdownList>
        </Dropdown>
    );
}
