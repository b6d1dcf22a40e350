// The actions of the audit log, by what they are done to. Texts: "action" in
// operations.json. What the API refused has the name of its route instead.
import { useTranslation } from 'react-i18next';

export const actions: Record<string, string[]> = {
    user: ['add', 'change', 'delete', 'login', 'logout', 'password'],
    session: ['end'],
    throttle: ['clear'],
    token: ['add', 'delete'],
    key: ['add', 'change', 'delete'],
    feed: ['add', 'change', 'delete'],
    server: ['delete', 'clean', 'move', 'tags'],
    tag: ['create', 'rename', 'delete'],
    patchset: [
        'deploy', 'unroll', 'enable', 'disable', 'enable-upto', 'undeploy-downto',
        'enable-new', 'metadata', 'order', 'block'
    ],
    settings: ['change', 'test', 'https-verify'],
    job: ['run'],
    storage: ['repair'],
    database: ['migrate'],
    nginx: ['sync'],
    audit: ['clean']
};

/** "Key created" for key.add, and the route's name for what was refused. */
export function useActionText(): (action: string) => string {
    const { t, i18n } = useTranslation('operations');
    return (action) => {
        const [entity = '', verb = ''] = action.split('.', 2);
        if (entity === 'cli') {
            return t('audit.command', { words: action.slice(4).replaceAll('.', ' ') });
        }
        if (verb === '' && actions[entity] !== undefined) {
            return t('audit.allOf', { entity: t(`entity.${entity}`) });
        }
        return verb !== '' && i18n.exists(`action.${action}`, { ns: 'operations' })
            ? t(`action.${action}`) : action;
    };
}
