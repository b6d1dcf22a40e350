// What is typed into the LDAP form, over what is saved.
import type { Answer } from '@/api/client';

export type Ldap = Answer<'/admin/api/settings/ldap', 'get'>['result'];

export const fields = [
    'url', 'connection_string', 'filter', 'admin_filter', 'ca_file'
] as const;
export type Field = typeof fields[number];
export type Edit = Partial<Record<Field, string>>;

/** The names of the texts about a field. */
export const words: Record<Field, string> = {
    url: 'url',
    connection_string: 'connectionString',
    filter: 'filter',
    admin_filter: 'adminFilter',
    ca_file: 'caFile'
};

export const placeholders: Record<Field, string> = {
    url: 'ldaps://ldap.example.com',
    connection_string: 'uid=%s,ou=people,dc=example,dc=com',
    filter: 'dc=example,dc=com??sub?(memberOf=cn=portal,dc=example,dc=com)',
    admin_filter: 'dc=example,dc=com??sub?(memberOf=cn=admins,dc=example,dc=com)',
    ca_file: '/etc/ssl/private-ca.pem'
};

/** The manual's two examples. */
export const examples: Record<'basic' | 'group', Edit> = {
    basic: {
        url: 'ldap://ldap.forumsys.com?tls=0',
        connection_string: 'uid=%s,dc=example,dc=com',
        filter: ''
    },
    group: {
        url: 'ldap://ldap.forumsys.com?tls=0',
        connection_string: 'uid=%s,dc=example,dc=com',
        filter: 'dc=example,dc=com??one?'
            + '(&(ou=mathematicians)(uniqueMember=uid=%s,dc=example,dc=com))'
    }
};

/** Only what differs, and nothing that the environment has set. */
export function changes(saved: Ldap, edit: Edit): Edit {
    return Object.fromEntries(Object.entries(edit)
        .map(([name, value]) => [name, value.trim()] as const)
        .filter(([name, value]) => !saved.fixed.includes(name)
            && value !== (saved[name as Field] ?? '')));
}

/** What is unsafe about an address, as the portal would say of a saved one. */
export function unsafe(url: string): ('no-tls' | 'not-verified')[] {
    const params = url.split('?', 2)[1]?.split('&') ?? [];
    if (url.startsWith('ldap:') && params.includes('tls=0')) {
        return ['no-tls'];
    }
    return params.includes('strict_check=0') ? ['not-verified'] : [];
}
