// The settings of single sign-on: their names in the file and in the API.
import type { Answer } from '@/api/client';

export type Sso = Answer<'/admin/api/settings/sso', 'get'>['result'];

/** What there cannot be single sign-on without. */
const needed = [
    'auth_url', 'token_url', 'userinfo_url', 'client_id', 'client_secret'
] as const;

export const all = [
    ...needed, 'logout_url', 'scope', 'issuer', 'name_claim', 'groups_claim',
    'admin_group', 'ca_file'
] as const;

/** auth_url is OIDC_AUTH_URL in the file. */
export function inFile(name: string): string {
    return `OIDC_${name.toUpperCase()}`;
}

export function missing(sso: Sso): string[] {
    return needed.filter((name) => sso[name] === null).map(inFile);
}

/** Lines for the configuration file; what is set already shows its value. */
export function lines(sso: Sso): string {
    const base = 'https://PROVIDER/oauth2/v1';
    const example: Record<string, string> = {
        auth_url: `${base}/authorize`,
        token_url: `${base}/token`,
        userinfo_url: `${base}/userinfo`,
        logout_url: `${base}/logout`,
        client_id: 'CLIENT-ID',
        client_secret: '...'
    };
    return Object.entries(example)
        .filter(([name]) => sso[name as keyof Sso] === null)
        .map(([name, value]) => `${inFile(name)} = "${value}"`)
        .join('\n');
}
