// User name and password. Whatever is wrong with them, the answer is the same;
// who failed too often sees how long he has to wait.
import { useRef, useState, type FormEvent } from 'react';
import {
    Button, Flex, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { useSend } from '@/api/hooks';
import { useAdoptSession } from '@/api/session';
import { BusyButton } from '@/components/BusyButton';
import { Message } from '@/components/Message';
import { PasswordInput } from '@/components/PasswordInput';
import { useErrorText } from '@/components/errors';
import { useWait } from './useWait';

function Refusal({ error, wait }: { error: ApiError; wait: number }) {
    const { t } = useTranslation('login');
    const text = useErrorText();
    if (error.code !== 'throttled') {
        return <Message live variant="danger" title={text(error)} />;
    }
    return (
        <Message live variant="warning" title={t('wait.title')}>
            {/* a timer is not read out each second */}
            <span role="timer">
                {wait > 0 ? t('wait.left', { count: wait }) : t('wait.over')}
            </span>
        </Message>
    );
}

export function LoginForm({ sso }: {
    /** where "Sign In with SSO" leads to; null when there is none */
    sso: string | null;
}) {
    const { t } = useTranslation('login');
    const [username, setUsername] = useState('');
    const [password, setPassword] = useState('');
    const [capsLock, setCapsLock] = useState(false);
    const [wait, beginWait] = useWait();
    const passwordRef = useRef<HTMLInputElement>(null);
    const login = useSend('post', '/admin/api/login');
    const adopt = useAdoptSession();

    function submit(event: FormEvent) {
        event.preventDefault();
        if (wait > 0 || login.isPending) {
            return;
        }
        login.mutate({ params: { username, password } }, {
            onSuccess: adopt,
            onError: (error) => {
                setPassword('');
                passwordRef.current?.focus();
                if (error.code === 'throttled') {
                    beginWait(error.retryAfter ?? 1);
                }
            }
        });
    }

    return (
        <Form onSubmit={submit}>
            {login.error !== null && <Refusal error={login.error} wait={wait} />}
            <FormGroup label={t('username')} fieldId="login-username" isRequired>
                <TextInput id="login-username" name="username" value={username} isRequired
                    autoComplete="username" autoCapitalize="none" spellCheck={false}
                    autoFocus onChange={(_, now) => setUsername(now)} />
            </FormGroup>
            <FormGroup label={t('password')} fieldId="login-password" isRequired>
                <PasswordInput id="login-password" value={password} onChange={setPassword}
                    autoComplete="current-password" inputRef={passwordRef}
                    onCapsLock={setCapsLock}
                    {...(capsLock && { describedBy: 'login-caps' })} />
                {capsLock && (
                    <FormHelperText>
                        <HelperText id="login-caps" isLiveRegion>
                            <HelperTextItem variant="warning">{t('capsLock')}</HelperTextItem>
                        </HelperText>
                    </FormHelperText>
                )}
            </FormGroup>
            <Flex spaceItems={{ default: 'spaceItemsSm' }}>
                <BusyButton type="submit" variant="primary" isLoading={login.isPending}
                    isDisabled={wait > 0 || login.isPending}>
                    {t('signIn')}
                </BusyButton>
                {sso !== null && (
                    <Button variant="secondary" component="a" href={sso}>{t('sso')}</Button>
                )}
            </Flex>
        </Form>
    );
}
