// A patchset: who uses it, what it is for, its state in each feed.
import { Fragment, memo } from 'react';
import { Button } from '@patternfly/react-core';
import { Td, Th, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';
import type { Cell, Row } from './matrix';
import { StateLabel } from './StateLabel';
import { stateOf } from './states';

/** More are on the patchset's page. */
const DISTROS = 3;

export function patchsetAddress(product: string, patchset: string): string {
    return `/patches/${product}/${encodeURIComponent(patchset)}`;
}

function Waiting({ cell }: { cell: Cell }) {
    const { t } = useTranslation('patchsets');
    if (cell.waiting === null) {
        return null;
    }
    return (
        <div className="ep-subtle ep-break">
            {cell.waiting === '' ? t('waiting') : t('waitingFailed', { why: cell.waiting })}
        </div>
    );
}

const FeedCell = memo(function FeedCell({ cell, patchset }: {
    cell: Cell;
    patchset: string;
}) {
    const { t } = useTranslation('patchsets');
    const { feed, servers } = cell;
    return (
        <>
            <span className="ep-matrix-state">
                <StateLabel state={stateOf(cell)} />
                {servers > 0 && (
                    <Link to={serversLink({ feed, patchset })}
                        aria-label={t('servers.inFeed', { count: servers, feed, patchset })}>
                        {servers}
                    </Link>
                )}
            </span>
            <Waiting cell={cell} />
        </>
    );
});

/** Those that were asked for come first. */
function Distros({ row, asked, address }: {
    row: Row;
    asked: readonly string[];
    address: string;
}) {
    const { t } = useTranslation('patchsets');
    const sorted = [
        ...row.distros.filter((distro) => asked.includes(distro)),
        ...row.distros.filter((distro) => !asked.includes(distro))
    ];
    const more = Math.max(0, sorted.length - DISTROS);
    return (
        <div className="ep-matrix-distros">
            {sorted.slice(0, DISTROS).map((distro, i) => (
                <Fragment key={distro}>
                    {i > 0 && t('comma')}
                    <bdi>{distro}</bdi>
                </Fragment>
            ))}
            {more > 0 && (
                <>{' '}<Link to={address}>{t('moreDistros', { count: more })}</Link></>
            )}
        </div>
    );
}

export const MatrixRow = memo(function MatrixRow({ row, product, asked, onManage }: {
    row: Row;
    /** distributions that are looked for */
    asked: readonly string[];
    product: string;
    /** null for who may not */
    onManage: ((patchset: string) => void) | null;
}) {
    const { t } = useTranslation('patchsets');
    const { patchset, usage, cves } = row;
    const address = patchsetAddress(product, patchset);
    return (
        <Tr>
            <Td>
                {usage === 0 ? 0 : (
                    <Link to={serversLink({ patchset })}
                        aria-label={t('servers.any', { count: usage, patchset })}>
                        {usage}
                    </Link>
                )}
            </Td>
            <Td><Distros row={row} asked={asked} address={address} /></Td>
            <Th scope="row" className="ep-matrix-name">
                <Link to={address}>{patchset}</Link>
                <div className="ep-subtle">{t('cves', { count: cves })}</div>
            </Th>
            {row.feeds.map((cell) => (
                <Td key={cell.feed}><FeedCell cell={cell} patchset={patchset} /></Td>
            ))}
            {onManage !== null && (
                <Td isActionCell className="ep-matrix-manage">
                    <Button variant="secondary" size="sm" onClick={() => onManage(patchset)}
                        aria-label={t('manage.title', { name: patchset })}>
                        {t('manage.action')}
                    </Button>
                </Td>
            )}
        </Tr>
    );
});
