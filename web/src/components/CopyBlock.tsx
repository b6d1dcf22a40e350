// Several lines to copy: commands, or lines of a configuration file.
import { useId, useState } from 'react';
import {
    ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { copy } from './copy';

export function CopyBlock({ children, label }: {
    children: string;
    /** what it is, for the button's name */
    label: string;
}) {
    const { t } = useTranslation();
    const [copied, setCopied] = useState(false);
    const id = useId();
    const name = t('copy.block', { what: label });
    return (
        <CodeBlock className="ep-copy-block" actions={
            <CodeBlockAction>
                <ClipboardCopyButton id={`${id}-button`} textId={id} variant="plain"
                    aria-label={name} exitDelay={copied ? 1500 : 600}
                    onTooltipHidden={() => setCopied(false)}
                    onClick={() => { copy(children); setCopied(true); }}>
                    {copied ? t('copy.done') : name}
                </ClipboardCopyButton>
            </CodeBlockAction>
        }>
            <CodeBlockCode id={id}>{children}</CodeBlockCode>
        </CodeBlock>
    );
}
