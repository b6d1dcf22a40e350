// The patchsets of one product: which feeds have them and how many servers
// run them (PS-1..7, NEW-PS-1..6, NEW-PS-11).
import { useCallback, useLayoutEffect, useMemo, useRef } from 'react';
import { AlertActionLink, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useApi } from '@/api/hooks';
import { isProduct, type Product } from '@/api/products';
import { useMayChange } from '@/api/session';
import { CsvButton } from '@/components/CsvButton';
import { Message } from '@/components/Message';
import { NotFound } from '@/components/NotFound';
import { PageHeader } from '@/components/PageHeader';
import { pageOf, Pages, usePage } from '@/components/Pages';
import { Reading } from '@/components/Reading';
import { plain } from '@/components/text';
import { useAddress } from '@/components/useAddress';
import {
    distrosOf, fileOf, hasWarning, isWaiting, rowsOf, viewOf, viewQuery, type Matrix, type View
} from './matrix';
import { ManageDialog } from './ManageDialog';
import { NoPatchsets, NothingFits } from './MatrixEmpty';
import { MatrixFilters, noFilter } from './MatrixFilters';
import { MatrixTable } from './MatrixTable';
import './matrix.css';

const OFTEN = 10_000; // milliseconds, while something is being downloaded

/** Enabled here, but the patch source has taken it back. */
function Warning({ matrix, onShow }: { matrix: Matrix; onShow: () => void }) {
    const { t } = useTranslation('patchsets');
    const count = useMemo(() => matrix.patchsets.filter(hasWarning).length, [matrix]);
    return count === 0 ? null : (
        <Message variant="warning" title={t('warning.title', { count })}
            actions={(
                <AlertActionLink onClick={onShow}>
                    {t('warning.show', { count })}
                </AlertActionLink>
            )}>
            <p>{t('warning.body', { count })}</p>
        </Message>
    );
}

function List({ matrix, product, view, title, onManage }: {
    matrix: Matrix;
    product: Product;
    view: View;
    title: string;
    onManage: ((patchset: string) => void) | null;
}) {
    const { change } = useAddress();
    const { rows, hidden } = useMemo(
        () => rowsOf(matrix.patchsets, view), [matrix, view]);
    const distros = useMemo(() => distrosOf(matrix.patchsets), [matrix]);
    const page = usePage(rows.length);
    const shown = useMemo(() => pageOf(rows, { page: page.page, size: page.size }),
        [rows, page.page, page.size]);
    const filtered = view.used || view.search !== ''
        || view.distros.length + view.states.length > 0;

    return (
        <div className="ep-stack">
            <Warning matrix={matrix} onShow={() => change(
                { ...noFilter, state: 'enabled-warning' })} />
            <MatrixFilters view={view} distros={distros} count={rows.length}
                onChange={change} csv={(
                    <CsvButton name={`patchsets-${product}`} empty={rows.length === 0}
                        table={() => fileOf(matrix.feeds, rows)} />
                )} />
            {rows.length === 0 ? (
                <NothingFits hidden={hidden}
                    onShow={() => change({ unavailable: 'true' })}
                    onClear={filtered ? () => change(noFilter) : null} />
            ) : (
                <MatrixTable label={title} feeds={matrix.feeds} rows={shown}
                    product={product} asked={view.distros} sort={view.sort} onManage={onManage}
                    onSort={(sort) => change({ sort: sort === '-patchset' ? null : sort })} />
            )}
            {rows.length > page.size && <Pages count={rows.length} variant="bottom" />}
        </div>
    );
}

/** A function that stays the same, so that rows need not be drawn again. */
function useSame<T>(fn: (value: T) => void): (value: T) => void {
    const now = useRef(fn);
    useLayoutEffect(() => { now.current = fn; });
    return useCallback((value) => now.current(value), []);
}

function ProductPage({ product }: { product: Product }) {
    const { t } = useTranslation('patchsets');
    const { params, change } = useAddress();
    const mayChange = useMayChange();
    const query = viewQuery(params);
    const page = params.get('page');
    const managed = params.get('manage');
    const manage = useSame((patchset: string | null) => change({ manage: patchset, page }));
    const view = useMemo(() => viewOf(new URLSearchParams(query)), [query]);
    const matrix = useApi('/admin/api/patchsets/matrix', {
        query: { product },
        refetchInterval: ({ state }) =>
            state.data?.result.patchsets.some(isWaiting) ? OFTEN : false
    });
    const title = t('title', {
        product: t(`common:product.${product}`),
        distros: plain(view.distros.join(', '))
    }).trim();

    return (
        <>
            <PageHeader title={title} description={t(`description.${product}`)} />
            <PageSection>
                <Reading query={matrix}>
                    {({ result }) => result.patchsets.length === 0
                        ? <NoPatchsets product={product} />
                        : <List matrix={result} product={product} view={view} title={title}
                            onManage={mayChange ? manage : null} />}
                </Reading>
            </PageSection>
            {mayChange && managed !== null && (
                <ManageDialog product={product} patchset={managed}
                    onClose={() => manage(null)} />
            )}
        </>
    );
}

export default function MatrixPage() {
    const { product } = useParams();
    return isProduct(product) ? <ProductPage key={product} product={product} /> : <NotFound />;
}
