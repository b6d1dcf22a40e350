// "Add filter": a menu of what servers can be asked for, and the field in which
// the value is given then.
import { useRef, useState, type Ref } from 'react';
import {
    Button, Dropdown, DropdownItem, DropdownList, MenuToggle
} from '@patternfly/react-core';
import { FilterIcon, TimesIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { inMain } from '@/components/popper';
import { attributes, type Attribute } from './filter';
import { useWords } from './useWords';
import { ValueField } from './ValueField';

export function AddFilter({ toggle, onChoose }: {
    /** gets the focus back when the field is closed */
    toggle: Ref<HTMLButtonElement>;
    onChoose: (attribute: Attribute) => void;
}) {
    const { t } = useTranslation('servers');
    const words = useWords();
    const [open, setOpen] = useState(false);
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} popperProps={inMain} isScrollable
            maxMenuHeight="24rem" shouldFocusToggleOnSelect={false}
            toggle={(ref) => (
                <MenuToggle icon={<FilterIcon />} isExpanded={open}
                    onClick={() => setOpen(!open)}
                    ref={(button: HTMLButtonElement | null) => {
                        for (const one of [ref, toggle]) {
                            if (one !== null && typeof one === 'object') {
                                one.current = button;
                            }
                        }
                    }}>
                    {t('filter.add')}
                </MenuToggle>
            )}>
            <DropdownList>
                {attributes.map((one) => (
                    <DropdownItem key={one.name} onClick={() => {
                        setOpen(false);
                        onChoose(one);
                    }}>
                        {words.attribute(one.name)}
                    </DropdownItem>
                ))}
            </DropdownList>
        </Dropdown>
    );
}

export function FilterValue({ attribute, onApply, onClose }: {
    attribute: Attribute;
    onApply: (param: string, value: string) => void;
    onClose: () => void;
}) {
    const { t } = useTranslation('servers');
    const words = useWords();
    const chosen = useRef<{ param: string; value: string } | null>(null);
    const [ready, setReady] = useState(false);
    const apply = () => {
        if (chosen.current !== null) {
            onApply(chosen.current.param, chosen.current.value);
        }
    };
    const name = words.attribute(attribute.name);
    return (
        <div role="group" className="ep-filter-value"
            aria-label={t('filter.value', { attribute: name })}>
            <span>{t('filter.label', { attribute: name })}</span>
            <ValueField attribute={attribute} onEnter={apply} onEscape={onClose}
                onChange={(now) => { chosen.current = now; setReady(now !== null); }} />
            <Button variant="secondary" onClick={apply} isDisabled={!ready}>
                {t('filter.apply')}
            </Button>
            <Button variant="plain" aria-label={t('common:cancel')} icon={<TimesIcon />}
                onClick={onClose} />
        </div>
    );
}
