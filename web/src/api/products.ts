// The products, and which of them this portal has patchsets of.
import { useApi } from './hooks';
import { useSession } from './session';

export const products = ['kernel', 'user', 'qemu', 'db'] as const;
export type Product = typeof products[number];

const LONG = 600_000; // milliseconds

export function isProduct(word: string | undefined): word is Product {
    return products.some((product) => product === word);
}

function useHasPatchsets(product: Product): boolean {
    const { session } = useSession();
    const { data } = useApi('/admin/api/patchsets/newest', {
        query: { product, limit: 1 }, staleTime: LONG, enabled: session?.user != null
    });
    return data !== undefined && data.result.length > 0;
}

/** Products to offer: those with patchsets, and always the kernel. */
export function useProducts(): Product[] {
    const user = useHasPatchsets('user');
    const qemu = useHasPatchsets('qemu');
    const db = useHasPatchsets('db');
    const there = { kernel: true, user, qemu, db };
    return products.filter((product) => there[product]);
}
