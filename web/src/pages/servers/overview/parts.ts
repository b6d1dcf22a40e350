// The overview's numbers as parts of rings, each with the way to its servers.
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { serversLink } from '@/components/serversLink';
import type { Filter } from '../filter/filter';
import type { Color, Part } from './DonutCard';

export type Overview = Answer<'/admin/api/overview', 'get'>['result'];
export type Group = Overview['machines'][number];
export type ProductGroup = Overview['distros'][number];

/** So many groups more are shown by each click on "Other". */
export const MORE_GROUPS = 100;

/** Parts of the selected servers: the filter and one more condition. */
export function useParts(filter: Filter) {
    const { t } = useTranslation('overview');
    const { t: words } = useTranslation('servers');
    const to = (param: string, value: string) => serversLink({ ...filter, [param]: value });

    const part = (param: string, value: string, total: number, color?: Color): Part => ({
        name: words(`choice.${param}.${value}`), total, to: to(param, value),
        ...(color !== undefined && { color })
    });
    const unknown = (name: string) => (name === 'unknown' ? t('unknown') : name);

    return {
        groups: (param: string, groups: Group[]): Part[] => groups.map(({ name, total }) => (
            { name: unknown(name), total, to: to(param, name) })),
        uptimes: ({ uptime }: Overview): Part[] => uptime.months.map(({ name, total }) =>
            part('uptime', name, total, name === 'unknown' ? 'gray' : undefined)),
        states: (overview: Overview): Part[] => [
            part('state', 'active', overview.active, 'green'),
            part('state', 'silent', overview.silent, 'orange'),
            part('state', 'never', overview.never, 'gray')
        ],
        patches: (overview: Overview): Part[] => [
            part('is_updated', 'true', overview.updated, 'green'),
            part('is_updated', 'false', overview.outdated, 'orange'),
            part('is_supported', 'false', overview.unsupported, 'gray')
        ],
        link: to,
        unknown
    };
}
