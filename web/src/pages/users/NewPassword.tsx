// The field of a new password: how short it may be, and a word when that is
// too short to be safe (TRAP-11).
import { FormGroup, FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/api/session';
import { PasswordInput } from '@/components/PasswordInput';

/** Shorter passwords are guessed (OWASP ASVS 6.2.1). */
export const SAFE_LENGTH = 8;

/** As the portal counts: characters, not the pairs that JavaScript has. */
function length(text: string): number {
    return [...text].length;
}

/** Whether the portal will take it for its length. */
export function useLongEnough(password: string): boolean {
    const { session } = useSession();
    return length(password) >= Math.max(1, session?.password_min_length ?? 1);
}

export function NewPassword({ id, label, value, onChange }: {
    id: string;
    label: string;
    value: string;
    onChange: (value: string) => void;
}) {
    const { t } = useTranslation('users');
    const { session } = useSession();
    const count = session?.password_min_length ?? 1;
    const risky = value !== '' && length(value) >= count && length(value) < SAFE_LENGTH;
    return (
        <FormGroup label={label} fieldId={id} isRequired>
            <PasswordInput id={id} value={value} onChange={onChange}
                autoComplete="new-password" describedBy={`${id}-hint`} />
            <FormHelperText>
                <HelperText id={`${id}-hint`} isLiveRegion>
                    <HelperTextItem variant={risky ? 'warning' : 'default'}>
                        {risky ? t('password.risky', { count: SAFE_LENGTH })
                            : t('password.hint', { count })}
                    </HelperTextItem>
                </HelperText>
            </FormHelperText>
        </FormGroup>
    );
}
