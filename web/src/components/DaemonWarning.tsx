// The jobs are the daemon's: without it nothing happens by itself.
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { CopyText } from './CopyText';
import { Message } from './Message';

export function DaemonWarning() {
    const { t } = useTranslation();
    const { data } = useApi('/admin/api/status');
    if (data === undefined || data.result.daemon) {
        return null;
    }
    return (
        <Message variant="warning" title={t('daemon.title')}>
            <p>{t('daemon.body')}</p>
            <CopyText label={t('daemon.command')}>systemctl start eportal</CopyText>
        </Message>
    );
}
