// A search field whose text becomes part of the address when one stops typing.
import { useEffect, useRef, useState } from 'react';
import { SearchInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

const PAUSE = 250; // milliseconds

export function SearchBox({ label, value, onChange }: {
    /** what is searched: placeholder and name of the field */
    label: string;
    value: string;
    onChange: (value: string) => void;
}) {
    const { t } = useTranslation();
    const [text, setText] = useState(value);
    const told = useRef(value);

    // The address changed by other means: a chip was closed, "back" pressed.
    useEffect(() => {
        if (value !== told.current) {
            told.current = value;
            setText(value);
        }
    }, [value]);

    useEffect(() => {
        if (text === told.current) {
            return undefined;
        }
        const timer = setTimeout(() => {
            told.current = text;
            onChange(text);
        }, PAUSE);
        return () => clearTimeout(timer);
    }, [text, onChange]);

    return (
        <SearchInput aria-label={label} placeholder={label} value={text}
            resetButtonLabel={t('filter.clearSearch')}
            onChange={(_, now) => setText(now)} onClear={() => setText('')} />
    );
}
