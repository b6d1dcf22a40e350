// The first part of a long list, and more of it when one asks: thousands of
// elements at once make a page slow.
import { useState, type ReactNode } from 'react';
import { Button } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

const STEP = 500;

export function More<T>({ list, first, children }: {
    list: readonly T[];
    /** how many of them to begin with */
    first: number;
    children: (shown: readonly T[]) => ReactNode;
}) {
    const { t } = useTranslation();
    const [count, setCount] = useState(first);
    const left = list.length - count;
    return (
        <>
            {children(list.slice(0, count))}
            {left > 0 && (
                <Button variant="link" isInline onClick={() => setCount(count + STEP)}>
                    {t('more', { count: left })}
                </Button>
            )}
        </>
    );
}
