// Where the value of a setting comes from, in words.
import { useTranslation } from 'react-i18next';

/** Set by the environment, which wins over what is saved here. */
export function isFixed(origin: string): boolean {
    return origin.startsWith('environment ') || origin.startsWith('envdir ');
}

export function useOriginText(): (origin: string) => string {
    const { t } = useTranslation();
    return (origin) => {
        const [kind = '', name = ''] = origin.split(' ', 2);
        if (origin === 'default') {
            return t('origin.default');
        }
        if (origin === 'config.json') {
            return t('origin.console');
        }
        return isFixed(origin) ? t(`origin.${kind}`, { name })
            : t('origin.file', { place: origin });
    };
}
