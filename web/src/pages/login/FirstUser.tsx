// A new portal has no user yet: how the first one is made.
import { Button, Content } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyText } from '@/components/CopyText';
import { Message } from '@/components/Message';

export function FirstUser({ command, retry }: { command: string; retry: () => void }) {
    const { t } = useTranslation('login');
    return (
        <div className="ep-stack">
            <Message variant="info" title={t('first.title')}>
                {t('first.body')}
            </Message>
            <CopyText>{command}</CopyText>
            <Content component="p">{t('first.then')}</Content>
            <Button variant="primary" isBlock onClick={retry}>{t('first.retry')}</Button>
        </div>
    );
}
