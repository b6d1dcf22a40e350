// Patchsets for a portal that reaches no source (CLI-6..13).
import { useTranslation } from 'react-i18next';
import { carry } from '@/components/agentCommands';
import { CopyBlock } from '@/components/CopyBlock';

export function Offline() {
    const { t } = useTranslation('docs');
    return (
        <div className="ep-stack">
            <p>{t('offline.body')}</p>
            <CopyBlock label={t('offline.label')}>{carry}</CopyBlock>
            <p>{t('offline.products')}</p>
        </div>
    );
}
