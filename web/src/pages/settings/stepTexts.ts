// The steps of each test in their order, and what the portal says of those
// that went well in the user's language. What went wrong is told in its own
// words, because they quote what the other server said.
import { useTranslation } from 'react-i18next';

export type Tested = 'source' | 'ldap' | 'sso';

export const stepOrder: Record<Tested, string[]> = {
    source: ['address', 'name', 'connect', 'TLS', 'login', 'index', 'signature'],
    ldap: ['address', 'name', 'connect', 'TLS', 'bind', 'filter', 'role'],
    sso: ['address', 'name', 'connect', 'TLS', 'token', 'client', 'userinfo']
};

const said: Record<string, string> = {
    'found': 'found',
    'left to the proxy, or found': 'byProxy',
    'directly': 'directly',
    'through the proxy': 'throughProxy',
    'the certificate is good': 'certificate',
    'not used': 'notUsed',
    'accepted': 'accepted',
    'good': 'good',
    'the settings are there': 'settings',
    'the endpoint refuses a wrong code, as it should': 'refusesCode',
    'the endpoint refuses a wrong token, as it should': 'refusesToken',
    'ldap with StartTLS': 'startTls',
    'ldap without TLS': 'withoutTls',
    'not used: passwords travel in the clear': 'clear',
    'not used: everybody who can bind may come in': 'everybody',
    'may come in': 'mayComeIn',
    'not used: read-only at first, then as set here': 'readonlyFirst',
    'administrator': 'administrator',
    'read-only': 'readonly',
    'not tried: no user was named': 'noUser'
};

export function useStepText(): (text: string) => string {
    const { t } = useTranslation('settings');
    return (text) => {
        const count = /^(\d+) patchsets$/.exec(text);
        const known = said[text];
        if (count !== null) {
            return t('said.patchsets', { count: Number(count[1]) });
        }
        return known === undefined ? text : t(`said.${known}`);
    };
}
