// All texts in English, one file an area.
import type { ResourceKey, ResourceLanguage } from 'i18next';

export default Object.fromEntries(Object.entries(
    import.meta.glob<ResourceKey>('./*.json', { eager: true, import: 'default' })
).map(([path, texts]) => [path.slice(2, -5), texts])) as ResourceLanguage;
