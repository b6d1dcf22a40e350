// Changes one's own password: the current one, and the new one twice. All
// other sessions end.
import { useState, type FormEvent } from 'react';
import {
    ActionGroup, Form, FormGroup, FormHelperText, HelperText, HelperTextItem
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { Message } from '@/components/Message';
import { PasswordInput } from '@/components/PasswordInput';
import { useErrorText } from '@/components/errors';
import { NewPassword, useLongEnough } from './NewPassword';

export function ChangePassword({ username }: { username: string }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const text = useErrorText();
    const change = useSend('post', '/admin/api/password', ['/admin/api/sessions']);
    const [current, setCurrent] = useState('');
    const [password, setPassword] = useState('');
    const [again, setAgain] = useState('');
    const longEnough = useLongEnough(password);
    const differs = again !== '' && again !== password;

    function submit(event: FormEvent) {
        event.preventDefault();
        change.mutate({ params: { current, password } }, {
            onSuccess: () => {
                tell(t('told.password'));
                setCurrent('');
                setPassword('');
                setAgain('');
            }
        });
    }

    return (
        <Form onSubmit={submit}>
            {change.error !== null && (
                <Message live variant="danger"
                    title={text(change.error)} />
            )}
            {/* for the browser's memory of passwords */}
            <input type="text" name="username" autoComplete="username" value={username}
                readOnly hidden />
            <FormGroup label={t('account.current')} fieldId="password-current" isRequired>
                <PasswordInput id="password-current" value={current} onChange={setCurrent}
                    autoComplete="current-password" />
            </FormGroup>
            <NewPassword id="password-new" label={t('password.new')} value={password}
                onChange={setPassword} />
            <FormGroup label={t('account.again')} fieldId="password-again" isRequired>
                <PasswordInput id="password-again" value={again} onChange={setAgain}
                    autoComplete="new-password" invalid={differs}
                    {...(differs && { describedBy: 'password-differs' })} />
                {differs && (
                    <FormHelperText>
                        <HelperText id="password-differs" isLiveRegion>
                            <HelperTextItem variant="error">{t('account.differs')}</HelperTextItem>
                        </HelperText>
                    </FormHelperText>
                )}
            </FormGroup>
            <ActionGroup>
                <BusyButton type="submit" isLoading={change.isPending}
                    isDisabled={current === '' || !longEnough || again !== password
                        || change.isPending}>
                    {t('account.change')}
                </BusyButton>
            </ActionGroup>
        </Form>
    );
}
