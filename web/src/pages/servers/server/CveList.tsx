// The CVEs of a server: missing, fixed, or fixed by patchsets that its feed
// does not give; searched.
import { useState } from 'react';
import {
    Content, Label, LabelGroup, SearchInput, ToggleGroup, ToggleGroupItem,
    Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { More } from '@/components/More';

export type CveKind = 'missing' | 'fixed' | 'later';

const kinds: CveKind[] = ['missing', 'fixed', 'later'];
const colors = { missing: 'red', fixed: 'green', later: 'orange' } as const;

/** So many are shown at first. */
const SHOWN = 60;

export function CveList({ cves }: { cves: Record<CveKind, string[]> }) {
    const { t } = useTranslation('servers');
    const [kind, setKind] = useState<CveKind>(
        kinds.find((one) => cves[one].length > 0) ?? 'missing');
    const [search, setSearch] = useState('');
    const found = cves[kind].filter((cve) =>
        cve.toLowerCase().includes(search.trim().toLowerCase()));
    return (
        <>
            <Toolbar inset={{ default: 'insetNone' }}>
                <ToolbarContent>
                    <ToolbarItem>
                        <ToggleGroup aria-label={t('cves.kind')}>
                            {kinds.map((one) => (
                                <ToggleGroupItem key={one} isSelected={one === kind}
                                    text={t(`cves.${one}`, { count: cves[one].length })}
                                    onChange={() => setKind(one)} />
                            ))}
                        </ToggleGroup>
                    </ToolbarItem>
                    <ToolbarItem>
                        <SearchInput value={search} aria-label={t('cves.search')}
                            placeholder={t('cves.search')}
                            resetButtonLabel={t('common:filter.clearSearch')}
                            onChange={(_, text) => setSearch(text)}
                            onClear={() => setSearch('')} />
                    </ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <Content component="p">{t(`cves.about.${kind}`)}</Content>
            {found.length === 0 ? (
                <Content component="p">
                    {t(cves[kind].length === 0 ? 'cves.none' : 'cves.noMatch')}
                </Content>
            ) : (
                <More key={kind} list={found} first={SHOWN}>
                    {(shown) => (
                        <LabelGroup numLabels={shown.length}
                            aria-label={t(`cves.${kind}`, { count: cves[kind].length })}>
                            {shown.map((cve) => (
                                <Label key={cve} color={colors[kind]} variant="outline">
                                    {cve}
                                </Label>
                            ))}
                        </LabelGroup>
                    )}
                </More>
            )}
        </>
    );
}
