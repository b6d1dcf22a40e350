// Paging; page and size live in the address. <Pages> shows where one is,
// pageOf() cuts the page out of a list that is here as a whole.
import { Pagination } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { floor } from './popper';
import { useAddress } from './useAddress';

const SIZES = [25, 50, 100];
const SIZE = 50;

/** The page and its size, from the address. */
export function usePage(count: number) {
    const { params } = useAddress();
    const asked = Number(params.get('size'));
    const size = SIZES.includes(asked) ? asked : SIZE;
    const last = Math.max(1, Math.ceil(count / size));
    const page = Math.min(last, Math.max(1, Math.trunc(Number(params.get('page'))) || 1));
    return { page, size };
}

export function pageOf<T>(rows: readonly T[], { page, size }: { page: number; size: number }) {
    return rows.slice((page - 1) * size, page * size);
}

/** Whether there is a second page, or was one before a larger size was chosen. */
export function isPaged(count: number, { size }: { size: number }) {
    return count > Math.min(size, SIZE);
}

export function Pages({ count, variant = 'top', onPage }: {
    count: number;
    variant?: 'top' | 'bottom';
    /** goes to a page; without it the address is changed and nothing else */
    onPage?: (page: number) => void;
}) {
    const { t, i18n } = useTranslation();
    const { change } = useAddress();
    const { page, size } = usePage(count);
    const number = new Intl.NumberFormat(i18n.language);
    const range = (first: number, last: number) => t('pages.range', {
        first: number.format(first), last: number.format(last), total: number.format(count)
    });
    const shown = range(Math.min((page - 1) * size + 1, count), Math.min(page * size, count));
    const goTo = onPage ?? ((to: number) => change({ page: to > 1 ? String(to) : null }));

    return (
        <Pagination itemCount={count} page={page} perPage={size} variant={variant}
            menuAppendTo={floor} widgetId={`pages-${variant}`} isCompact={variant === 'top'}
            perPageOptions={SIZES.map((value) => ({ title: String(value), value }))}
            onSetPage={(_, to) => goTo(to)}
            toggleTemplate={({ firstIndex = 0, lastIndex = 0 }) => (
                <>{range(firstIndex, lastIndex)}</>
            )}
            onPerPageSelect={(_, to) => change({ size: to === SIZE ? null : String(to) })}
            titles={{
                items: '',
                itemsPerPage: t('pages.perPage'),
                perPageSuffix: t('pages.suffix'),
                ofWord: t('pages.of'),
                optionsToggleAriaLabel: `${shown}. ${t('pages.perPage')}`,
                currPageAriaLabel: t('pages.current'),
                paginationAriaLabel: t(`pages.label.${variant}`),
                toFirstPageAriaLabel: t('pages.first'),
                toPreviousPageAriaLabel: t('pages.previous'),
                toNextPageAriaLabel: t('pages.next'),
                toLastPageAriaLabel: t('pages.last')
            }} />
    );
}
