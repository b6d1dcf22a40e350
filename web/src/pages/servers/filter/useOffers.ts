// What there is to filter by: keys, feeds, kernels and so on of this portal's
// own servers, the most frequent first.
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import type { Suggestion } from '@/components/Suggest';

const groups = {
    key: 'keys', feed: 'feeds', distro: 'distros', release: 'kernels',
    euname: 'effective_kernels', machine: 'machines', virt: 'virts'
} as const;

function isGroup(name: string): name is keyof typeof groups {
    return name in groups;
}

export function useOffers(name: string): Suggestion[] {
    const { t } = useTranslation('servers');
    const overview = useApi('/admin/api/overview',
        { enabled: isGroup(name), staleTime: 60_000 });
    const tags = useApi('/admin/api/tags', { enabled: name === 'tag' });
    const patchsets = useApi('/admin/api/patchsets', { enabled: name === 'patchset' });

    if (isGroup(name)) {
        return (overview.data?.result[groups[name]] ?? []).map(({ name: value, total }) => (
            { value, description: t('count', { count: total }) }));
    }
    if (name === 'tag') {
        return (tags.data?.result ?? []).map(({ name: value, servers }) => (
            { value, description: t('count', { count: servers }) }));
    }
    return (patchsets.data?.result ?? []).map(({ patchset }) => ({ value: patchset }));
}
