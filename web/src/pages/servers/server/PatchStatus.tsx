// Whether a server is up to date, in words, and what would change that.
import { Alert, DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Time } from '@/components/Time';
import { plain } from '@/components/text';
import { CveList } from './CveList';
import { patchsetLink, type Level, type OneServer } from './server';

function LevelText({ level }: { level: Level | null }) {
    const { t } = useTranslation('servers');
    if (level === null) {
        return <>{t('patch.none')}</>;
    }
    return (
        <>
            {t('patch.level', { level: level.level })}
            {level.patchset !== null && (
                <>
                    {' · '}
                    <Link to={patchsetLink(level.patchset)}>
                        {level.patchset}
                    </Link>
                    {level.appeared !== null && (
                        <> · {t('patch.appeared')} <Time value={level.appeared} /></>
                    )}
                </>
            )}
        </>
    );
}

/** The one sentence that matters. */
function Verdict({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const { supported, updated, available, newest } = server.patch;
    const names = {
        feed: server.feed,
        kernel: plain(server.release ?? t('unknown')),
        level: available?.level ?? 0,
        newest: newest?.level ?? 0
    };
    if (server.checkin === null) {
        return <Alert isInline component="h2" variant="info" title={t('patch.verdict.never')} />;
    }
    if (!supported) {
        return (
            <Alert isInline component="h2" variant="warning"
                title={t('patch.verdict.unsupported', names)}>
                {newest !== null && t('patch.verdict.later', names)}
            </Alert>
        );
    }
    if (!updated) {
        return (
            <Alert isInline component="h2" variant="warning"
                title={t('patch.verdict.outdated', names)}>
                {t('patch.verdict.soon')}
            </Alert>
        );
    }
    return (
        <Alert isInline component="h2" variant="success" title={t('patch.verdict.updated', names)}>
            {newest !== null && newest.level > names.level
                && t('patch.verdict.later', names)}
        </Alert>
    );
}

export function PatchStatus({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const { patch } = server;
    const rows = [
        ['current', patch.current], ['available', patch.available], ['newest', patch.newest]
    ] as const;
    return (
        <div className="ep-stack">
            <Verdict server={server} />
            <DescriptionList isHorizontal isCompact
                horizontalTermWidthModifier={{ default: '12ch', md: '24ch' }}>
                <DescriptionListGroup>
                    <DescriptionListTerm>{t('attribute.euname')}</DescriptionListTerm>
                    <DescriptionListDescription>
                        <span className="ep-break" dir="auto">
                            {server.euname ?? t('unknown')}
                        </span>
                    </DescriptionListDescription>
                </DescriptionListGroup>
                <DescriptionListGroup>
                    <DescriptionListTerm>{t('attribute.release')}</DescriptionListTerm>
                    <DescriptionListDescription>
                        <span className="ep-break" dir="auto">
                            {server.release ?? t('unknown')}
                        </span>
                    </DescriptionListDescription>
                </DescriptionListGroup>
                {rows.map(([name, level]) => (
                    <DescriptionListGroup key={name}>
                        <DescriptionListTerm>
                            {t(`patch.${name}`, { feed: server.feed })}
                        </DescriptionListTerm>
                        <DescriptionListDescription>
                            <LevelText level={level} />
                        </DescriptionListDescription>
                    </DescriptionListGroup>
                ))}
            </DescriptionList>
            <h2 className="pf-v6-c-title pf-m-lg">{t('cves.title')}</h2>
            <CveList cves={patch.cves} />
        </div>
    );
}
