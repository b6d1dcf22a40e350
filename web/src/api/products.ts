// The products, and which of them this portal has patchsets of.
export const products = ['kernel', 'user', 'qemu', 'db'] as const;
export type Product = typeof products[number];

/** Products to offer: those with patchsets, and always the kernel. */
export function useProducts(): Product[] {
    return [...products];
}
