// A new portal has no user yet: how the first one is made.
import { Alert, Button, Content } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyText } from '@/components/CopyText';

export function FirstUser({ command, retry }: { command: string; retry: () => void }) {
    const { t } = useTranslation('login');
    return (
        <div className="ep-stack">
            <Alert isInline variant="info" component="h2" title={t('first.title')}>
                {t('first.body')}
            </Alert>
            <CopyText>{command}</CopyText>
            <Content component="p">{t('first.then')}</Content>
            <Button variant="primary" isBlock onClick={retry}>{t('first.retry')}</Button>
        </div>
    );
}
