// Several lines to copy: commands, or lines of a configuration file.
import { useState } from 'react';
import {
    Button, CodeBlock, CodeBlockAction, CodeBlockCode, Tooltip
} from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { copy } from './copy';
import { floor } from './popper';

export function CopyBlock({ children, label }: {
    children: string;
    /** what it is, for the button's name */
    label: string;
}) {
    const { t } = useTranslation();
    const [copied, setCopied] = useState(false);
    const name = t('copy.block', { what: label });
    return (
        <CodeBlock className="ep-copy-block" actions={
            <CodeBlockAction>
                <Tooltip appendTo={floor} aria="none" aria-live="polite"
                    content={t(copied ? 'copy.done' : 'copy.hint')} trigger="mouseenter focus click"
                    onTooltipHidden={() => setCopied(false)}>
                    <Button variant="plain" aria-label={name}
                        icon={copied ? <CheckIcon /> : <CopyIcon />}
                        onClick={() => { copy(children); setCopied(true); }} />
                </Tooltip>
            </CodeBlockAction>
        }>
            <CodeBlockCode>{children}</CodeBlockCode>
        </CodeBlock>
    );
}
