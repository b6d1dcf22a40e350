// One value of a filter: a text with what there is, a choice, a number, an age.
import { useState } from 'react';
import {
    FormSelect, FormSelectOption, InputGroup, InputGroupItem, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Suggest } from '@/components/Suggest';
import { formatAge, type Age, type Attribute } from './filter';
import { useOffers } from './useOffers';
import { useWords } from './useWords';

interface FieldProps {
    attribute: Attribute;
    /** the parameter and its value; null while there is none */
    onChange: (chosen: { param: string; value: string } | null) => void;
    onEnter: () => void;
    onEscape: () => void;
}

function TextField({ attribute: { name }, onChange, onEnter, onEscape }: FieldProps) {
    const { t } = useTranslation('servers');
    const words = useWords();
    const [value, setValue] = useState('');
    const offers = useOffers(name);
    return (
        <Suggest id="filter-value" label={words.attribute(name)} value={value} autoFocus
            offers={offers} onEnter={onEnter} onEscape={onEscape}
            placeholder={t(`hint.${name}`, { defaultValue: '' })}
            onChange={(now) => {
                setValue(now);
                onChange(now.trim() === '' ? null : { param: name, value: now.trim() });
            }} />
    );
}

function NumberField({ attribute: { name }, onChange, onEnter, onEscape }: FieldProps) {
    const words = useWords();
    const [value, setValue] = useState('');
    return (
        <TextInput id="filter-value" type="number" min={0} autoFocus value={value}
            aria-label={words.attribute(name)}
            onKeyDown={(event) => {
                if (event.key === 'Enter') {
                    onEnter();
                } else if (event.key === 'Escape') {
                    onEscape();
                }
            }}
            onChange={(_, now) => {
                setValue(now);
                onChange(/^\d+$/.test(now) ? { param: name, value: now } : null);
            }} />
    );
}

function ChoiceField({ attribute: { name, choices = [] }, onChange }: FieldProps) {
    const { t } = useTranslation('servers');
    const words = useWords();
    const [chosen, setChosen] = useState('');
    return (
        <FormSelect id="filter-value" aria-label={words.attribute(name)} value={chosen}
            autoFocus onChange={(_, now) => {
                setChosen(now);
                onChange(choices[Number(now)] ?? null);
            }}>
            <FormSelectOption value="" label={t('filter.choose')} isPlaceholder />
            {choices.map(({ param, value }, i) => (
                <FormSelectOption key={`${param}=${value}`} value={String(i)}
                    label={words.value(param, value)} />
            ))}
        </FormSelect>
    );
}

function AgeField({ attribute: { name }, onChange, onEnter, onEscape }: FieldProps) {
    const { t } = useTranslation('servers');
    const words = useWords();
    const [age, setAge] = useState<Age>({ within: false, count: 0, unit: 'days' });
    const change = (part: Partial<Age>) => {
        const now = { ...age, ...part };
        setAge(now);
        onChange(now.count > 0 ? { param: name, value: formatAge(now) } : null);
    };
    return (
        <InputGroup>
            <InputGroupItem>
                <FormSelect aria-label={words.attribute(name)} autoFocus
                    value={age.within ? 'within' : 'over'}
                    onChange={(_, now) => change({ within: now === 'within' })}>
                    <FormSelectOption value="over" label={t('age.longer')} />
                    <FormSelectOption value="within" label={t('age.last')} />
                </FormSelect>
            </InputGroupItem>
            <InputGroupItem>
                <TextInput type="number" min={1} aria-label={t('age.number')}
                    className="ep-short" value={age.count === 0 ? '' : age.count}
                    onKeyDown={(event) => {
                        if (event.key === 'Enter') {
                            onEnter();
                        } else if (event.key === 'Escape') {
                            onEscape();
                        }
                    }}
                    onChange={(_, now) => change({
                        count: Math.min(Math.max(Math.trunc(Number(now)), 0), 999_999)
                    })} />
            </InputGroupItem>
            <InputGroupItem>
                <FormSelect aria-label={t('age.unit')} value={age.unit}
                    onChange={(_, now) => change({ unit: now as Age['unit'] })}>
                    <FormSelectOption value="days" label={t('age.days')} />
                    <FormSelectOption value="hours" label={t('age.hours')} />
                </FormSelect>
            </InputGroupItem>
        </InputGroup>
    );
}

export function ValueField(props: FieldProps) {
    switch (props.attribute.kind) {
    case 'text': return <TextField {...props} />;
    case 'number': return <NumberField {...props} />;
    case 'choice': return <ChoiceField {...props} />;
    case 'age': return <AgeField {...props} />;
    }
}
