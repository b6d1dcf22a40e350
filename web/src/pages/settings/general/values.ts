// Settings in words: numbers that are seconds or bytes, and their own pages.
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { bytes, duration } from '@/components/format';

export type Setting = Answer<'/admin/api/settings', 'get'>['result'][number];

/** What 0 means, for settings that are a number of seconds. */
const seconds: Record<string, string> = {
    AUTH_SESSION_LIFETIME: 'browser',
    AUDIT_RETENTION: 'forever',
    INACTIVE_SERVER_AGE: '',
    AUTO_UPDATE_PERIOD: 'off',
    CLEAN_INACTIVE_SERVERS_PERIOD: 'off',
    CACHE_TTL: ''
};
const sizes = ['ARCHIVE_MAX_SIZE', 'MIN_FREE_DISK'];

/** "30 days" for 2592000; null when the value says it itself. */
export function useInWords(): (setting: Setting) => string | null {
    const { t, i18n } = useTranslation('settings');
    return ({ name, value }) => {
        const zero = seconds[name];
        const number = Number(value);
        if (name === 'LIMIT_PATCHSETS' && number === 0) {
            return t('general.unlimited');
        }
        if (zero !== undefined) {
            return number === 0 && zero !== '' ? t(`general.${zero}`)
                : duration(number, i18n.language);
        }
        return sizes.includes(name) ? bytes(number, i18n.language) : null;
    };
}

/** The page where a setting can be seen or changed, too. */
export function pageOf(name: string): string | null {
    if (['PATCH_SOURCE_URL', 'PATCH_SOURCE_USER', 'PATCH_SOURCE_PASSWORD',
        'PATCH_SOURCE_DISTROS'].includes(name)) {
        return 'source';
    }
    if (name.startsWith('LDAP_')) {
        return 'ldap';
    }
    return name.startsWith('OIDC_') ? 'sso' : null;
}
