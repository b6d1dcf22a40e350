// A text field that offers what is there already; any other text may be
// typed, too. Arrow keys walk through the offers, Enter takes one.
import { useId, useState, type KeyboardEvent } from 'react';
import {
    MenuToggle, Select, SelectList, SelectOption, TextInputGroup,
    TextInputGroupMain
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export interface Suggestion {
    value: string;
    description?: string;
}

/** More are not listed: one types on. */
const SHOWN = 50;

function fitting(offers: Suggestion[], text: string): Suggestion[] {
    const part = text.toLowerCase();
    return offers.filter(({ value, description }) =>
        value.toLowerCase().includes(part)
        || description?.toLowerCase().includes(part)).slice(0, SHOWN);
}

export function Suggest({
    id, label, value, offers, onChange, onEnter, onEscape, autoFocus, placeholder
}: {
    id: string;
    label: string;
    value: string;
    offers: Suggestion[];
    onChange: (value: string) => void;
    /** Enter while no offer is marked */
    onEnter?: () => void;
    /** Escape while no offers are shown */
    onEscape?: () => void;
    autoFocus?: boolean;
    placeholder?: string;
}) {
    const { t } = useTranslation();
    const list = useId();
    const [open, setOpen] = useState(false);
    const [marked, setMarked] = useState(-1);
    // What was chosen is not a search for itself.
    const exact = offers.some((offer) => offer.value === value);
    const shown = fitting(offers, exact ? '' : value);
    const isOpen = open && shown.length > 0;

    const close = () => { setOpen(false); setMarked(-1); };
    const take = (text: string) => { onChange(text); close(); };

    const onKeyDown = (event: KeyboardEvent) => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            const step = event.key === 'ArrowDown' ? 1 : -1;
            event.preventDefault();
            setOpen(true);
            setMarked((now) => (now === -1 && step === -1
                ? shown.length - 1
                : (now + step + shown.length) % Math.max(shown.length, 1)));
        } else if (event.key === 'Enter') {
            const offer = isOpen ? shown[marked] : undefined;
            if (offer !== undefined) {
                event.preventDefault();
                take(offer.value);
            } else if (onEnter !== undefined) {
                event.preventDefault();
                close();
                onEnter();
            }
        } else if (event.key === 'Escape') {
            if (isOpen) {
                event.stopPropagation();
                close();
            } else {
                onEscape?.();
            }
        } else if (event.key === 'Tab') {
            close();
        }
    };

    return (
        <Select isOpen={isOpen} selected={value} variant="typeahead" isScrollable
            maxMenuHeight="20rem" shouldFocusFirstItemOnOpen={false}
            popperProps={{ appendTo: 'inline' }}
            onOpenChange={(now) => { if (!now) { close(); } }}
            onSelect={(_, chosen) => take(String(chosen))}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="typeahead" isExpanded={isOpen}
                    className="ep-suggest" onClick={() => setOpen(!open)}
                    aria-label={t('suggest.toggle', { label })} isFullWidth>
                    <TextInputGroup isPlain>
                        <TextInputGroupMain inputId={id} value={value}
                            aria-label={label} role="combobox" isExpanded={isOpen}
                            aria-controls={list} autoComplete="off"
                            {...(placeholder !== undefined && { placeholder })}
                            {...(isOpen && marked >= 0
                                && { 'aria-activedescendant': `${list}-${marked}` })}
                            inputProps={{ autoFocus, dir: 'auto' }}
                            onClick={() => setOpen(true)}
                            onChange={(_, text) => {
                                onChange(text);
                                // Nothing is left to offer to a whole one.
                                setOpen(!offers.some((offer) => offer.value === text));
                                setMarked(-1);
                            }}
                            onKeyDown={onKeyDown} />
                    </TextInputGroup>
                </MenuToggle>
            )}>
            <SelectList id={list} aria-label={label}>
                {shown.map((offer, i) => (
                    <SelectOption key={offer.value} id={`${list}-${i}`} value={offer.value}
                        isFocused={i === marked} description={offer.description}>
                        <bdi className="ep-break">{offer.value}</bdi>
                    </SelectOption>
                ))}
            </SelectList>
        </Select>
    );
}
