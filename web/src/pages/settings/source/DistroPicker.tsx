// SRC-4: which distributions' kernel patchsets are wanted.
import { useState } from 'react';
import {
    Button, Checkbox, Flex, FlexItem, SearchInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function DistroPicker({ known, chosen, onChange, disabled }: {
    known: string[];
    chosen: string[];
    onChange: (chosen: string[]) => void;
    disabled: boolean;
}) {
    const { t } = useTranslation('settings');
    const [search, setSearch] = useState('');
    const all = [...known, ...chosen.filter((one) => !known.includes(one))];
    const shown = all.filter((one) => one.includes(search.trim().toLowerCase()));
    const toggle = (name: string, on: boolean) =>
        onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));

    return (
        <div className="ep-stack ep-below">
            <Flex>
                <FlexItem>
                    <SearchInput value={search} aria-label={t('distros.search')}
                        placeholder={t('distros.search')}
                        resetButtonLabel={t('distros.clear')}
                        onChange={(_, value) => setSearch(value)}
                        onClear={() => setSearch('')} />
                </FlexItem>
                <FlexItem>
                    <Button variant="link" isInline isDisabled={disabled}
                        onClick={() => onChange([...new Set([...chosen, ...shown])])}>
                        {t('distros.all')}
                    </Button>
                </FlexItem>
                <FlexItem>
                    <Button variant="link" isInline isDisabled={disabled}
                        onClick={() => onChange(chosen.filter((one) => !shown.includes(one)))}>
                        {t('distros.none')}
                    </Button>
                </FlexItem>
                <FlexItem>
                    <span role="status">
                        {t('distros.count', { chosen: chosen.length, count: all.length })}
                    </span>
                </FlexItem>
            </Flex>
            <div role="group" aria-label={t('distros.group')} className="ep-checks">
                {shown.map((name) => (
                    <Checkbox key={name} id={`distro-${name}`} label={name} isDisabled={disabled}
                        isChecked={chosen.includes(name)}
                        onChange={(_, on) => toggle(name, on)} />
                ))}
            </div>
            {shown.length === 0 && <p>{t('distros.nothing', { search })}</p>}
        </div>
    );
}
