// Settings are changed in a file, not here: how.
import { useTranslation } from 'react-i18next';
import { CopyBlock } from '@/components/CopyBlock';
import { CopyText } from '@/components/CopyText';

export function HowToChange() {
    const { t } = useTranslation('settings');
    return (
        <div className="ep-stack">
            <p>{t('general.howBody')}</p>
            <CopyBlock label={t('general.line')}>AUTH_PASSWORD_MIN_LENGTH = 10</CopyBlock>
            <p>{t('general.howSoon')}</p>
            <CopyText label={t('general.command')}>kc.eportal config</CopyText>
            <p>{t('general.howWins')}</p>
        </div>
    );
}
