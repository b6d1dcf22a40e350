// What this console can do, programs can: where its API is described.
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CopyText } from '@/components/CopyText';

export function ApiLinks({ portal }: { portal: string }) {
    const { t } = useTranslation('docs');
    return (
        <div className="ep-stack">
            <p>{t('api.body')}</p>
            <p>
                <a href="/admin/api/openapi.json">{t('api.document')}</a>
                {' · '}
                <Link to="/settings/api-keys">{t('common:nav.apiKeys')}</Link>
            </p>
            <CopyText label={t('api.example')}>
                {`curl -H "X-Api-Key: $TOKEN" ${portal}/admin/api/servers`}
            </CopyText>
        </div>
    );
}
