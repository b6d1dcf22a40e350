// A drop-down of check boxes: which values of something a list shows.
import { useState } from 'react';
import {
    Badge, MenuToggle, Select, SelectGroup, SelectList, SelectOption
} from '@patternfly/react-core';
import { FilterIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { inMain } from './popper';

export interface FilterOption {
    value: string;
    text: string;
}

export function FilterMenu({ label, options, chosen, onChange }: {
    label: string;
    options: readonly FilterOption[];
    chosen: readonly string[];
    onChange: (chosen: string[]) => void;
}) {
    const { t } = useTranslation();
    const [open, setOpen] = useState(false);
    const toggle = (value: string) => onChange(chosen.includes(value)
        ? chosen.filter((one) => one !== value) : [...chosen, value]);

    return (
        <Select role="menu" isOpen={open} onOpenChange={setOpen} isScrollable
            maxMenuHeight="20rem" selected={chosen} popperProps={inMain}
            onSelect={(_, value) => toggle(String(value))}
            toggle={(ref) => (
                <MenuToggle ref={ref} icon={<FilterIcon />} isExpanded={open}
                    onClick={() => setOpen(!open)}
                    {...(chosen.length > 0 && {
                        badge: (
                            <Badge isRead screenReaderText={t('filter.chosen')}>
                                {chosen.length}
                            </Badge>
                        )
                    })}>
                    {label}
                </MenuToggle>
            )}>
            <SelectGroup label={label}>
                <SelectList aria-label={label}>
                    {options.map(({ value, text }) => (
                        <SelectOption key={value} value={value} hasCheckbox
                            isSelected={chosen.includes(value)}>
                            {text}
                        </SelectOption>
                    ))}
                </SelectList>
            </SelectGroup>
        </Select>
    );
}
