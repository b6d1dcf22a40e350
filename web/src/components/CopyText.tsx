// A command to copy, as it is typed.
import { ClipboardCopy } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function CopyText({ children }: { children: string }) {
    const { t } = useTranslation();
    return (
        <ClipboardCopy isReadOnly isCode hoverTip={t('copy.hint')} clickTip={t('copy.done')}
            copyAriaLabel={t('copy.hint')} textAriaLabel={t('copy.text')}>
            {children}
        </ClipboardCopy>
    );
}
