// The password of the patch source: never shown, kept when nothing is typed.
import { Checkbox, FormGroup, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useMayChange } from '@/api/session';
import { Hint } from '@/components/Hint';
import { isFixed, useOriginText } from '@/components/origin';
import type { Edit, Source } from './values';

export function PasswordField({ settings, edit, change }: {
    settings: Source;
    edit: Edit;
    change: (part: Edit) => void;
}) {
    const { t } = useTranslation('settings');
    const admin = useMayChange();
    const origin = useOriginText();
    const fixed = isFixed(settings.origins.password);
    const readOnly = !admin || fixed;

    return (
        <FormGroup label={t('source.password')} fieldId="source-password">
            <TextInput id="source-password" type="password" autoComplete="new-password"
                value={edit.password ?? ''} aria-describedby="source-password-hint"
                isDisabled={readOnly || edit.removePassword === true}
                placeholder={settings.password_set ? '••••••••' : ''}
                onChange={(_, password) => change({ password })} />
            <Hint id="source-password-hint">
                {t(settings.password_set ? 'source.passwordSet' : 'source.passwordUnset')}
                {' '}{fixed && origin(settings.origins.password)}
            </Hint>
            {settings.password_set && !readOnly && (
                <Checkbox id="source-password-remove" label={t('source.passwordRemove')}
                    isChecked={edit.removePassword ?? false}
                    onChange={(_, removePassword) => change({ removePassword })} />
            )}
        </FormGroup>
    );
}
