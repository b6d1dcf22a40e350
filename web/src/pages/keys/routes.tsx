// Addresses of this area.
import type { RouteObject } from 'react-router';
import { page } from '@/app/page';

export const routes: RouteObject[] = [
    page('keys', () => import('./KeysPage')),
    page('keys/new', () => import('./NewKeyPage')),
    page('keys/:key', () => import('./EditKeyPage'))
];
