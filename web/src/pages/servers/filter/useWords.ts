// Filters in words: what an attribute is called, and what a value means.
import { useTranslation } from 'react-i18next';
import { parseAge } from './filter';

export function useWords() {
    const { t } = useTranslation('servers');

    const attribute = (name: string): string =>
        t(`attribute.${name === 'is_supported' ? 'is_updated' : name}`);

    const value = (name: string, text: string): string => {
        if (['state', 'is_updated', 'is_supported', 'uptime'].includes(name)) {
            return t(`choice.${name}.${text}`, { defaultValue: text });
        }
        const age = name.endsWith('_age') ? parseAge(text) : null;
        return age === null ? text : t(
            `age.${age.within ? 'within' : 'over'}.${age.unit}`, { count: age.count });
    };

    return { attribute, value };
}
