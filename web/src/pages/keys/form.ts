// What a key's form holds, what is wrong with it, and how it is saved.
import { useState } from 'react';
import type { ApiError, Params } from '@/api/client';
import { useSend } from '@/api/hooks';
import type { Key, KeyProduct } from './keys';

export interface Values {
    key: string;
    note: string;
    limit: string;
    feed: string;
    /** null: nobody chose, it is for the default products */
    products: KeyProduct[] | null;
}

export type Field = keyof Values;
export type Problems = Partial<Record<Field, string>>;

export const emptyValues: Values = {
    key: '', note: '', limit: '0', feed: 'main', products: null
};

export function valuesOf(row: Key): Values {
    return {
        key: row.key,
        note: row.note ?? '',
        limit: String(row.server_limit),
        feed: row.feed,
        products: row.default_products ? null : row.products
    };
}

const NAME = /^(?!\.\.?$)[A-Za-z0-9._-]{1,64}$/;
const LIMIT = /^\d{1,15}$/;

/** What can be told without asking the portal; a text's name by field. */
export function problemsOf(values: Values, taken: (key: string) => boolean): Problems {
    const key = values.key.trim();
    return {
        ...(key !== '' && !NAME.test(key) && { key: 'badKey' }),
        ...(key !== '' && taken(key) && { key: 'taken' }),
        ...(!LIMIT.test(values.limit.trim()) && { limit: 'badLimit' }),
        ...(values.products?.length === 0 && { products: 'noProduct' })
    };
}

/** The field that an answer of the portal is about. */
const fields: Record<string, Field> = {
    'bad-key': 'key',
    'key-exists': 'key',
    'bad-note': 'note',
    'bad-server-limit': 'limit',
    'feed-not-found': 'feed',
    'bad-product': 'products',
    'bad-products': 'products'
};

export function fieldOf(error: ApiError | null): Field | undefined {
    return error === null ? undefined : fields[error.code];
}

function paramsOf(values: Values): Params<'/admin/api/keys', 'post'> {
    return {
        key: values.key.trim(),
        note: values.note.trim(),
        server_limit: Number(values.limit.trim()),
        feed: values.feed,
        product: values.products ?? ['default']
    };
}

/** The form's state. save() calls done with the key as it is now. */
export function useKeyForm(first: Values, taken: (key: string) => boolean) {
    const [values, setValues] = useState(first);
    const [tried, setTried] = useState(false);
    const put = useSend('post', '/admin/api/keys', [
        '/admin/api/keys', '/admin/api/feeds', '/admin/api/patchsets/matrix'
    ]);
    const problems = tried ? problemsOf(values, taken) : {};
    return {
        values,
        problems,
        error: put.error,
        busy: put.isPending,
        set: (change: Partial<Values>) => {
            put.reset();
            setValues((now) => ({ ...now, ...change }));
        },
        reset: (to: Values) => {
            setTried(false);
            put.reset();
            setValues(to);
        },
        save: (done: (key: Key) => void) => {
            setTried(true);
            if (Object.keys(problemsOf(values, taken)).length === 0) {
                put.mutate({ params: paramsOf(values) }, {
                    onSuccess: ({ result }) => done(result)
                });
            }
        }
    };
}
