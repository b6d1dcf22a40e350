// A password, hidden until one asks to see it.
import { useState, type Ref } from 'react';
import { Button, InputGroup, InputGroupItem, TextInput } from '@patternfly/react-core';
import { EyeIcon, EyeSlashIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';

export function PasswordInput({
    id, value, onChange, autoComplete, describedBy, invalid = false, inputRef, onCapsLock
}: {
    id: string;
    value: string;
    onChange: (value: string) => void;
    autoComplete: 'current-password' | 'new-password';
    /** id of what explains it */
    describedBy?: string;
    invalid?: boolean;
    inputRef?: Ref<HTMLInputElement>;
    /** told at every key whether Caps Lock is on */
    onCapsLock?: (on: boolean) => void;
}) {
    const { t } = useTranslation();
    const [shown, setShown] = useState(false);
    return (
        <InputGroup>
            <InputGroupItem isFill>
                <TextInput id={id} type={shown ? 'text' : 'password'} value={value} isRequired
                    autoComplete={autoComplete} spellCheck={false} autoCapitalize="none"
                    ref={inputRef} validated={invalid ? 'error' : 'default'}
                    aria-describedby={describedBy}
                    onKeyUp={(event) => onCapsLock?.(event.getModifierState('CapsLock'))}
                    onChange={(_, now) => onChange(now)} />
            </InputGroupItem>
            <InputGroupItem>
                <Button variant="control" aria-pressed={shown} aria-label={t('password.show')}
                    icon={shown ? <EyeSlashIcon /> : <EyeIcon />}
                    onClick={() => setShown(!shown)} />
            </InputGroupItem>
        </InputGroup>
    );
}
