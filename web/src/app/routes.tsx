// Every address of the console. Areas list their own pages; here is what is
// around them, and the addresses of the portal that this one replaces.
import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { Loading } from '@/components/Loading';
import { NotFound } from '@/components/NotFound';
import { routes as dashboard } from '@/pages/dashboard/routes';
import { routes as docs } from '@/pages/docs/routes';
import { routes as feeds } from '@/pages/feeds/routes';
import { routes as keys } from '@/pages/keys/routes';
import { routes as login } from '@/pages/login/routes';
import { routes as operations } from '@/pages/operations/routes';
import { routes as patchsets } from '@/pages/patchsets/routes';
import { routes as servers } from '@/pages/servers/routes';
import { routes as settings } from '@/pages/settings/routes';
import { routes as users } from '@/pages/users/routes';
import { Crash } from './Failures';
import { RequireUser } from './RequireUser';

function old(path: string, to: string): RouteObject {
    return { path, element: <Navigate to={to} replace /> };
}

const forUsers: RouteObject[] = [
    ...patchsets, ...feeds, ...keys, ...servers, ...settings, ...users,
    ...operations, ...docs,
    old('patches', '/patches/kernel'),
    old('settings', '/settings/source'),
    old('user', '/settings/users'),
    old('kcserver', '/servers')
];

export const router = createBrowserRouter([{
    errorElement: <main><Crash /></main>,
    hydrateFallbackElement: <Loading />,
    children: [
        ...login,
        {
            // Not of the login page, which is most people's first one.
            lazy: async () => ({ Component: (await import('./Layout')).Layout }),
            children: [{
                // A page that fails leaves the navigation there.
                errorElement: <Crash />,
                children: [
                    // The start page decides itself what a visitor may see.
                    ...dashboard,
                    { element: <RequireUser />, children: forUsers },
                    { path: '*', element: <NotFound /> }
                ]
            }]
        }
    ]
}], { basename: '/admin' });
