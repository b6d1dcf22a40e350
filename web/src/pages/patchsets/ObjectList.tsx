// What a patchset patches: kernels, by the version that they become, or build
// IDs, by distribution.
import { useState } from 'react';
import { Card, CardBody, CardTitle, SearchInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { number } from '@/components/format';
import type { Patchset } from './PatchsetFacts';

const SHOWN = 100; // rows; a search finds the others

function Kernels({ kernels }: { kernels: Patchset['kernels'] }) {
    const { t, i18n } = useTranslation('patchset');
    const [search, setSearch] = useState('');
    const wanted = search.trim().toLowerCase();
    const found = kernels.filter(({ euname, distro }) =>
        `${euname ?? ''} ${distro ?? ''}`.toLowerCase().includes(wanted));
    return (
        <>
            <SearchInput className="ep-narrow" aria-label={t('objects.search')} value={search}
                placeholder={t('objects.search')}
                resetButtonLabel={t('common:filter.clearSearch')}
                onChange={(_, text) => setSearch(text)} onClear={() => setSearch('')} />
            <Table variant="compact" aria-label={t('objects.table')}>
                <Thead>
                    <Tr>
                        <Th>{t('distros')}</Th>
                        <Th>{t('objects.euname')}</Th>
                        <Th>{t('objects.kernels')}</Th>
                    </Tr>
                </Thead>
                <Tbody>
                    {found.slice(0, SHOWN).map(({ euname, distro, kernels }) => (
                        <Tr key={`${distro} ${euname}`}>
                            <Td dataLabel={t('distros')}>{distro ?? '—'}</Td>
                            <Td dataLabel={t('objects.euname')} className="ep-mono ep-break">
                                {euname ?? '—'}
                            </Td>
                            <Td dataLabel={t('objects.kernels')}>
                                {number(kernels, i18n.language)}
                            </Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
            {found.length > SHOWN && (
                <p className="ep-muted">
                    {t('objects.more', { count: found.length - SHOWN })}
                </p>
            )}
        </>
    );
}

function BuildIds({ rows }: { rows: Patchset['kernels'] }) {
    const { t, i18n } = useTranslation('patchset');
    const counts = new Map<string, number>();
    for (const { distro, kernels } of rows) {
        counts.set(distro ?? '—', (counts.get(distro ?? '—') ?? 0) + kernels);
    }
    return (
        <Table variant="compact" aria-label={t('objects.buildIdTitle')}>
            <Thead>
                <Tr>
                    <Th>{t('distros')}</Th>
                    <Th>{t('objects.buildIds')}</Th>
                </Tr>
            </Thead>
            <Tbody>
                {[...counts.keys()].sort().map((distro) => (
                    <Tr key={distro}>
                        <Td dataLabel={t('distros')}>{distro}</Td>
                        <Td dataLabel={t('objects.buildIds')}>
                            {number(counts.get(distro) ?? 0, i18n.language)}
                        </Td>
                    </Tr>
                ))}
            </Tbody>
        </Table>
    );
}

export function ObjectList({ patchset }: { patchset: Patchset }) {
    const { t } = useTranslation('patchset');
    const { objects, product, downloaded, kernels } = patchset;
    const kind = product === 'kernel' ? 'kernel' : 'buildId';
    return (
        <Card>
            <CardTitle component="h2">{t(`objects.${kind}Title`)}</CardTitle>
            <CardBody>
                <p className="ep-paragraph">
                    {downloaded ? t(`objects.${kind}Count`, { count: objects })
                        : t('objects.notHere')}
                </p>
                {kernels.length > 0 && (kind === 'kernel'
                    ? <Kernels kernels={kernels} /> : <BuildIds rows={kernels} />)}
            </CardBody>
        </Card>
    );
}
