// Why the feed main is not like the others, and how cron keeps it up to date
// (CLI-3, CLI-4).
import { useState } from 'react';
import { ExpandableSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyText } from '@/components/CopyText';

export function MainFeed() {
    const { t } = useTranslation('feeds');
    const [open, setOpen] = useState(false);
    return (
        <ExpandableSection isExpanded={open} onToggle={(_, now) => setOpen(now)} isIndented
            className="ep-gap" toggleText={t('main.title')}>
            <p className="ep-paragraph">{t('main.text')}</p>
            <p className="ep-paragraph">{t('main.now')}</p>
            <CopyText label={t('main.nowLabel')}>kc.eportal --get-latest</CopyText>
            <p className="ep-paragraph ep-gap">{t('main.cron')}</p>
            <CopyText label={t('main.cronLabel')}>
                17 3 * * * root /usr/bin/kc.eportal --get-latest
            </CopyText>
        </ExpandableSection>
    );
}
