// Everything the overview says of the selected servers.
import {
    DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { Filter } from '../filter/filter';
import { useUptime } from '../server/Uptime';
import { DonutCard } from './DonutCard';
import { EffectiveKernels } from './EffectiveKernels';
import { GroupTable } from './GroupTable';
import { useParts, type Overview } from './parts';

function UptimeNumbers({ uptime }: { uptime: Overview['uptime'] }) {
    const { t } = useTranslation('overview');
    const words = useUptime();
    return (
        <DescriptionList isHorizontal isCompact className="ep-uptime"
            horizontalTermWidthModifier={{ default: '10ch' }}>
            {(['max', 'average', 'median'] as const).map((name) => (
                <DescriptionListGroup key={name}>
                    <DescriptionListTerm>{t(`uptime.${name}`)}</DescriptionListTerm>
                    <DescriptionListDescription>{words(uptime[name])}</DescriptionListDescription>
                </DescriptionListGroup>
            ))}
        </DescriptionList>
    );
}

export function Statistics({ overview, filter }: { overview: Overview; filter: Filter }) {
    const { t } = useTranslation('overview');
    const parts = useParts(filter);
    const { never } = overview;
    return (
        <div className="ep-stack">
            <div className="ep-donuts">
                <DonutCard title={t('state')} parts={parts.states(overview)} />
                <DonutCard title={t('patches')} parts={parts.patches(overview)} />
                <DonutCard title={t('uptime.title')} parts={parts.uptimes(overview)}>
                    <UptimeNumbers uptime={overview.uptime} />
                </DonutCard>
                <DonutCard title={t('machines')}
                    parts={parts.groups('machine', overview.machines)} />
                <DonutCard title={t('virts')} parts={parts.groups('virt', overview.virts)} />
                <DonutCard title={t('feeds')} parts={parts.groups('feed', overview.feeds)} />
            </div>
            <GroupTable title={t('distros')} param="distro" groups={overview.distros}
                filter={filter} never={never}
                columns={['kernelcare_active', 'kernelcare_silent', 'libcare_active',
                    'libcare_silent']} />
            <GroupTable title={t('kernels')} param="release" groups={overview.kernels}
                filter={filter} never={never}
                columns={['kernelcare_active', 'kernelcare_silent']} />
            <EffectiveKernels groups={overview.effective_kernels} filter={filter} />
        </div>
    );
}
