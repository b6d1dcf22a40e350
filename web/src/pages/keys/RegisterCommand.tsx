// What registers a server under a key (KEY-12), and where the rest is told.
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CopyText } from '@/components/CopyText';

export function RegisterCommand({ name }: { name: string }) {
    const { t } = useTranslation('keys');
    return (
        <>
            <p className="ep-paragraph">{t('register.text')}</p>
            <CopyText label={t('register.label', { key: name })}>
                {`kcarectl --register ${name}`}
            </CopyText>
            <p className="ep-gap">
                <Link to={`/docs?${new URLSearchParams({ key: name })}`}>
                    {t('register.docs')}
                </Link>
            </p>
        </>
    );
}
