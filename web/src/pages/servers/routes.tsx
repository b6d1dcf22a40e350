// Addresses of this area.
import type { RouteObject } from 'react-router';
import { page } from '@/app/page';

export const routes: RouteObject[] = [
    page('servers', () => import('./ServersPage')),
    page('servers/:id', () => import('./ServerPage')),
    page('tags', () => import('./TagsPage')),
    page('overview', () => import('./OverviewPage'))
];
