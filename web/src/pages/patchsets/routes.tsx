// Addresses of this area.
import type { RouteObject } from 'react-router';
import { page } from '@/app/page';

export const routes: RouteObject[] = [
    page('patches/:product', () => import('./MatrixPage')),
    page('patches/:product/:name', () => import('./PatchsetPage'))
];
