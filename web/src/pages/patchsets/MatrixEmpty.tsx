// What the page shows without rows: where patchsets come from, or that the
// filter is too narrow.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter
} from '@patternfly/react-core';
import { CubesIcon, SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Product } from '@/api/products';
import { useMayChange } from '@/api/session';
import { CopyText } from '@/components/CopyText';

/** The command's word for a product. */
const commands: Record<Product, string> = {
    kernel: 'kcare', user: 'libcare', qemu: 'qemu', db: 'db'
};

export function NoPatchsets({ product }: { product: Product }) {
    const { t } = useTranslation('patchsets');
    const mayChange = useMayChange();
    const name = t(`common:product.${product}`);
    return (
        <EmptyState headingLevel="h2" icon={CubesIcon}
            titleText={t('empty.title', { product: name })}>
            <EmptyStateBody>
                {mayChange ? (
                    <div className="ep-stack">
                        <p>{t('empty.body')}</p>
                        <CopyText label={t('empty.command')}>
                            {`kc.eportal ${commands[product]} deploy FILE`}
                        </CopyText>
                    </div>
                ) : <p>{t('empty.reader')}</p>}
            </EmptyStateBody>
            {mayChange && (
                <EmptyStateFooter>
                    <EmptyStateActions>
                        <Link to="/settings/source">{t('empty.source')}</Link>
                    </EmptyStateActions>
                </EmptyStateFooter>
            )}
        </EmptyState>
    );
}

export function NothingFits({ hidden, onShow, onClear }: {
    /** patchsets that fit, but are not available */
    hidden: number;
    onShow: () => void;
    /** null: there is no filter */
    onClear: (() => void) | null;
}) {
    const { t } = useTranslation('patchsets');
    return (
        <EmptyState headingLevel="h2" icon={SearchIcon} titleText={t('nothing.title')}>
            {hidden > 0 && (
                <EmptyStateBody>{t('nothing.hidden', { count: hidden })}</EmptyStateBody>
            )}
            <EmptyStateFooter>
                <EmptyStateActions>
                    {hidden > 0 && (
                        <Button variant="link" onClick={onShow}>{t('filter.unavailable')}</Button>
                    )}
                    {onClear !== null && (
                        <Button variant="link" onClick={onClear}>
                            {t('common:filter.clear')}
                        </Button>
                    )}
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}
