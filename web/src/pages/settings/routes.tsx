// Addresses of this area.
import type { RouteObject } from 'react-router';
import { page } from '@/app/page';

export const routes: RouteObject[] = [
    page('settings/source', () => import('./source/SourcePage')),
    page('settings/ldap', () => import('./ldap/LdapPage')),
    page('settings/sso', () => import('./sso/SsoPage')),
    page('settings/general', () => import('./general/GeneralPage'))
];
