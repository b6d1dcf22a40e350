// What a patchset is: where it is for, when it came, and its archive.
import {
    Card, CardBody, CardTitle, DescriptionList, DescriptionListDescription,
    DescriptionListGroup, DescriptionListTerm, Label, LabelGroup
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { CopyText } from '@/components/CopyText';
import { bytes } from '@/components/format';
import { Time } from '@/components/Time';

export type Patchset = Answer<'/admin/api/patchsets/{name}', 'get'>['result'];

function Fact({ name, children }: { name: string; children: ReactNode }) {
    return (
        <DescriptionListGroup>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription>{children}</DescriptionListDescription>
        </DescriptionListGroup>
    );
}

function Archive({ patchset: { archive, downloaded } }: { patchset: Patchset }) {
    const { t } = useTranslation('patchset');
    if (archive !== null) {
        return <span className="ep-mono ep-break">{archive}</span>;
    }
    return <span className="ep-muted">{t(downloaded ? 'facts.noArchive' : 'facts.notHere')}</span>;
}

export function PatchsetFacts({ patchset }: { patchset: Patchset }) {
    const { t, i18n } = useTranslation('patchset');
    return (
        <Card>
            <CardTitle component="h2">{t('facts.title')}</CardTitle>
            <CardBody>
                <DescriptionList columnModifier={{ default: '1Col', xl: '2Col' }}>
                    <Fact name={t('facts.appeared')}><Time value={patchset.appeared} /></Fact>
                    {patchset.released !== null && (
                        <Fact name={t('facts.released')}><Time value={patchset.released} /></Fact>
                    )}
                    <Fact name={t('facts.upstream')}>
                        {t(`upstream.${patchset.upstream ?? 'none'}`)}
                    </Fact>
                    <Fact name={t('facts.archive')}><Archive patchset={patchset} /></Fact>
                    {patchset.size !== null && (
                        <Fact name={t('facts.size')}>{bytes(patchset.size, i18n.language)}</Fact>
                    )}
                </DescriptionList>
                <DescriptionList className="ep-gap">
                    {patchset.sha256 !== null && (
                        <Fact name="SHA-256"><CopyText>{patchset.sha256}</CopyText></Fact>
                    )}
                    {patchset.distros.length > 0 && (
                        <Fact name={t('distros')}>
                            <LabelGroup numLabels={20} aria-label={t('distros')}
                                expandedText={t('common:filter.fewer')}
                                collapsedText={t('common:filter.more', {
                                    count: patchset.distros.length - 20
                                })}>
                                {patchset.distros.map((distro) => (
                                    <Label key={distro} variant="outline">{distro}</Label>
                                ))}
                            </LabelGroup>
                        </Fact>
                    )}
                </DescriptionList>
            </CardBody>
        </Card>
    );
}
