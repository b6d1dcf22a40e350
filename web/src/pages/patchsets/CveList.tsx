// The CVEs that a patchset fixes: searched, new ones marked, copied as a list.
import { useState } from 'react';
import {
    Button, Card, CardBody, CardHeader, CardTitle, Flex, FlexItem, Label,
    SearchInput, Switch
} from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { copy } from '@/components/copy';
import { More } from '@/components/More';
import type { Patchset } from './PatchsetFacts';

const SHOWN = 200; // at first

/** Another list has not been copied yet. */
function CopyAll({ names, count }: { names: string; count: number }) {
    const { t } = useTranslation('patchset');
    const [copied, setCopied] = useState('');
    const done = copied === names;
    return (
        <Button variant="link" isInline icon={done ? <CheckIcon /> : <CopyIcon />}
            onClick={() => { copy(names); setCopied(names); }}>
            <span aria-live="polite">
                {done ? t('common:copy.done') : t('cves.copy', { count })}
            </span>
        </Button>
    );
}

export function CveList({ cves }: { cves: Patchset['cves'] }) {
    const { t } = useTranslation('patchset');
    const [search, setSearch] = useState('');
    const [onlyNew, setOnlyNew] = useState(false);
    const found = cves.filter((one) => (one.new || !onlyNew)
        && one.cve.toLowerCase().includes(search.trim().toLowerCase()));
    const names = found.map(({ cve }) => cve).join('\n');

    return (
        <Card>
            <CardHeader {...(found.length > 0 && {
                actions: { actions: <CopyAll names={names} count={found.length} /> }
            })}>
                <CardTitle component="h2">{t('cves.title', { count: cves.length })}</CardTitle>
            </CardHeader>
            <CardBody>
                {cves.length === 0 ? <p className="ep-muted">{t('cves.none')}</p> : (
                    <Flex alignItems={{ default: 'alignItemsCenter' }}>
                        <FlexItem grow={{ default: 'grow' }}>
                            <SearchInput aria-label={t('cves.search')} value={search}
                                placeholder={t('cves.search')}
                                resetButtonLabel={t('common:filter.clearSearch')}
                                onChange={(_, text) => setSearch(text)}
                                onClear={() => setSearch('')} />
                        </FlexItem>
                        <FlexItem>
                            <Switch id="only-new" label={t('cves.onlyNew')} isChecked={onlyNew}
                                onChange={(_, on) => setOnlyNew(on)} />
                        </FlexItem>
                    </Flex>
                )}
                {cves.length > 0 && found.length === 0 && (
                    <p className="ep-muted ep-gap">{t('cves.nothing')}</p>
                )}
                {found.length > 0 && (
                    <More list={found} first={SHOWN}>
                        {(shown) => (
                            <ul className="ep-cves" tabIndex={0} aria-label={t('cves.list')}>
                                {shown.map((one) => (
                                    <li key={one.cve}>
                                        <span className="ep-mono">{one.cve}</span>
                                        {one.new && (
                                            <Label isCompact color="blue">
                                                {t('cves.new')}
                                            </Label>
                                        )}
                                    </li>
                                ))}
                            </ul>
                        )}
                    </More>
                )}
            </CardBody>
        </Card>
    );
}
