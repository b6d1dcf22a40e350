// A command to copy, as it is typed.
import { ClipboardCopy } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { copy } from './copy';

export function CopyText({ children, label }: {
    children: string;
    /** what it is, for who does not see what stands above it */
    label?: string;
}) {
    const { t } = useTranslation();
    return (
        <ClipboardCopy isReadOnly isCode hoverTip={t('copy.hint')} clickTip={t('copy.done')}
            copyAriaLabel={t('copy.hint')} textAriaLabel={label ?? t('copy.text')}
            onCopy={(_, text) => copy(String(text))}>
            {children}
        </ClipboardCopy>
    );
}
