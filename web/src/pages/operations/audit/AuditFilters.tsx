// What of the audit log is shown. Everything lives in the address.
import { useCallback } from 'react';
import {
    FormSelect, FormSelectOption, FormSelectOptionGroup, Toolbar, ToolbarContent,
    ToolbarItem
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { FilterChips } from '@/components/FilterChips';
import { SearchBox } from '@/components/SearchBox';
import { actions, useActionText } from './actions';
import { useAuditAddress, type FilterName } from './address';
import { MomentField } from './MomentField';

const ways = ['session', 'basic', 'token', 'cli', 'daemon'] as const;

function ActionSelect() {
    const { t } = useTranslation('operations');
    const { filters, change } = useAuditAddress();
    const known = Object.entries(actions).flatMap(([entity, verbs]) =>
        [`${entity}.`, ...verbs.map((verb) => `${entity}.${verb}`)]);
    const value = filters.action ?? '';
    return (
        <FormSelect aria-label={t('audit.action')} value={value}
            onChange={(_, action) => change({ action })}>
            <FormSelectOption value="" label={t('audit.anyAction')} />
            {value !== '' && !known.includes(value) && (
                <FormSelectOption value={value} label={value} />
            )}
            {Object.entries(actions).map(([entity, verbs]) => (
                <FormSelectOptionGroup key={entity} label={t(`entity.${entity}`)}>
                    {verbs.length > 1 && (
                        <FormSelectOption value={`${entity}.`}
                            label={t('audit.allOf', { entity: t(`entity.${entity}`) })} />
                    )}
                    {verbs.map((verb) => (
                        <FormSelectOption key={verb} value={`${entity}.${verb}`}
                            label={t(`action.${entity}.${verb}`)} />
                    ))}
                </FormSelectOptionGroup>
            ))}
        </FormSelect>
    );
}

function useChips() {
    const { t } = useTranslation('operations');
    const { filters, change } = useAuditAddress();
    const actionText = useActionText();
    const text = (name: string, value: string) => {
        if (name === 'result' && (value === 'ok' || value === 'failed')) {
            return t(`audit.${value}`);
        }
        if (name === 'via') {
            return t(`audit.way.${value}`, { defaultValue: value });
        }
        return name === 'action' ? actionText(value)
            : name === 'since' || name === 'until' ? `${value} UTC` : value;
    };
    return Object.entries(filters).map(([name, value]) => ({
        name: t(`audit.${name}`),
        chips: [{
            key: name,
            text: text(name, value),
            onRemove: () => change({ [name as FilterName]: null })
        }]
    }));
}

export function AuditFilters() {
    const { t } = useTranslation('operations');
    const { filters, change, clear } = useAuditAddress();
    const chips = useChips();
    const onActor = useCallback((actor: string) => change({ actor }), [change]);
    const onObject = useCallback((object: string) => change({ object }), [change]);

    return (
        <>
            <Toolbar>
                <ToolbarContent alignItems="center">
                    <ToolbarItem>
                        <SearchBox label={t('audit.actor')} value={filters.actor ?? ''}
                            onChange={onActor} />
                    </ToolbarItem>
                    <ToolbarItem><ActionSelect /></ToolbarItem>
                    <ToolbarItem>
                        <SearchBox label={t('audit.object')} value={filters.object ?? ''}
                            onChange={onObject} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <FormSelect aria-label={t('audit.result')} value={filters.result ?? ''}
                            onChange={(_, result) => change({ result })}>
                            <FormSelectOption value="" label={t('audit.anyResult')} />
                            <FormSelectOption value="ok" label={t('audit.ok')} />
                            <FormSelectOption value="failed" label={t('audit.failed')} />
                            {!['', 'ok', 'failed'].includes(filters.result ?? '') && (
                                <FormSelectOption value={filters.result}
                                    label={filters.result ?? ''} />
                            )}
                        </FormSelect>
                    </ToolbarItem>
                    <ToolbarItem>
                        <FormSelect aria-label={t('audit.via')} value={filters.via ?? ''}
                            onChange={(_, via) => change({ via })}>
                            <FormSelectOption value="" label={t('audit.anyWay')} />
                            {ways.map((way) => (
                                <FormSelectOption key={way} value={way}
                                    label={t(`audit.way.${way}`)} />
                            ))}
                        </FormSelect>
                    </ToolbarItem>
                    <ToolbarItem><MomentField name="since" /></ToolbarItem>
                    <ToolbarItem><MomentField name="until" /></ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <FilterChips groups={chips} onClear={clear} />
        </>
    );
}
