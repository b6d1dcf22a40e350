// One patchset (PS-4): its changelog, CVEs, what it patches, its archive and
// its state in every feed.
import {
    Breadcrumb, BreadcrumbItem, Card, CardBody, CardTitle, Grid, GridItem, PageSection
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useApi } from '@/api/hooks';
import { products, type Product } from '@/api/products';
import { useMayChange } from '@/api/session';
import { NotFound } from '@/components/NotFound';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { CveList } from './CveList';
import { FeedStates } from './FeedStates';
import type { Row } from './matrix';
import { ObjectList } from './ObjectList';
import { PatchsetFacts, type Patchset } from './PatchsetFacts';

function Changelog({ text }: { text: string }) {
    const { t } = useTranslation('patchset');
    return (
        <Card>
            <CardTitle component="h2">{t('changelog.title')}</CardTitle>
            <CardBody>
                {text.trim() === ''
                    ? <p className="ep-muted">{t('changelog.none')}</p>
                    // Long lines and lists scroll within, by keyboard, too.
                    : (
                        <pre className="ep-pre ep-mono ep-changelog" tabIndex={0}
                            role="region" aria-label={t('changelog.title')}>
                            {text}
                        </pre>
                    )}
            </CardBody>
        </Card>
    );
}

function Details({ patchset, row }: {
    patchset: Patchset;
    /** undefined while it is not read yet */
    row: Row | undefined;
}) {
    return (
        <Grid hasGutter>
            <GridItem lg={7} className="ep-stack">
                <PatchsetFacts patchset={patchset} />
                <Changelog text={patchset.changelog} />
            </GridItem>
            <GridItem lg={5} className="ep-stack">
                {row !== undefined && <FeedStates row={row} />}
                <CveList cves={patchset.cves} />
            </GridItem>
            <GridItem><ObjectList patchset={patchset} /></GridItem>
        </Grid>
    );
}

function Trail({ product, name }: { product: Product; name: string }) {
    const { t } = useTranslation('patchset');
    return (
        <Breadcrumb aria-label={t('trail')}>
            <BreadcrumbItem>
                <Link to={`/patches/${product}`}>{t(`common:product.${product}`)}</Link>
            </BreadcrumbItem>
            <BreadcrumbItem isActive>{name}</BreadcrumbItem>
        </Breadcrumb>
    );
}

function PatchsetView({ product, name }: { product: Product; name: string }) {
    const { t } = useTranslation('patchset');
    const mayChange = useMayChange();
    const patchset = useApi('/admin/api/patchsets/{name}', {
        names: { name }, query: { product }
    });
    const matrix = useApi('/admin/api/patchsets/matrix', {
        query: { product, patchset: name }
    });
    const row = matrix.data?.result.patchsets.find((one) => one.patchset === name);
    const manage = `/patches/${product}?manage=${encodeURIComponent(name)}`;

    return (
        <>
            <PageHeader title={name} breadcrumb={<Trail product={product} name={name} />}
                {...(mayChange && row !== undefined && {
                    actions: <Link to={manage}>{t('manage', { name })}</Link>
                })} />
            <PageSection>
                <Reading query={patchset}>
                    {({ result }) => <Details patchset={result} row={row} />}
                </Reading>
            </PageSection>
        </>
    );
}

export default function PatchsetPage() {
    const { product, name } = useParams();
    const known = products.find((one) => one === product);
    return known === undefined || name === undefined ? <NotFound />
        : <PatchsetView key={`${known}/${name}`} product={known} name={name} />;
}
