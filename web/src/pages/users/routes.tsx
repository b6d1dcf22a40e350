// Addresses of this area.
import type { RouteObject } from 'react-router';
import { page } from '@/app/page';

export const routes: RouteObject[] = [
    page('settings/users', () => import('./Users')),
    page('settings/api-keys', () => import('./ApiKeys')),
    page('account', () => import('./Account'))
];
