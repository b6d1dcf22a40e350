// How areas list their pages in pages/<area>/routes.tsx.
import type { ComponentType } from 'react';
import type { RouteObject } from 'react-router';

/** A page that is loaded when it is first opened. */
export function page(
    path: string, load: () => Promise<{ default: ComponentType }>
): RouteObject {
    return { path, lazy: async () => ({ Component: (await load()).default }) };
}
