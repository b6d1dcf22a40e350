// Trying the directory as a user, with what is typed, saved or not.
import { useState, type FormEvent } from 'react';
import { ActionGroup, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { Hint } from '@/components/Hint';
import { Message } from '@/components/Message';
import { TestSteps } from '../TestSteps';
import { changes, type Edit, type Ldap } from './values';

export function LdapTest({ settings, edit }: { settings: Ldap; edit: Edit }) {
    const { t } = useTranslation('settings');
    const text = useErrorText();
    const [user, setUser] = useState('');
    const [password, setPassword] = useState('');
    const test = useSend('post', '/admin/api/settings/ldap/test');

    const onSubmit = (event: FormEvent) => {
        event.preventDefault();
        if (!test.isPending) {
            test.mutate({ params: { ...changes(settings, edit), user, password } });
        }
    };

    return (
        <Form onSubmit={onSubmit} aria-label={t('ldap.test.title')} noValidate>
            <p>{t('ldap.test.body')}</p>
            <FormGroup label={t('ldap.test.user')} fieldId="ldap-test-user">
                <TextInput id="ldap-test-user" value={user} autoComplete="off"
                    onChange={(_, value) => setUser(value)} />
            </FormGroup>
            <FormGroup label={t('ldap.test.password')} fieldId="ldap-test-password">
                <TextInput id="ldap-test-password" type="password" value={password}
                    autoComplete="new-password" aria-describedby="ldap-test-password-hint"
                    onChange={(_, value) => setPassword(value)} />
                <Hint id="ldap-test-password-hint">{t('ldap.test.passwordHint')}</Hint>
            </FormGroup>
            <ActionGroup>
                <BusyButton type="submit" variant="secondary" isLoading={test.isPending}
                    isDisabled={test.isPending}>
                    {t('ldap.test.run')}
                </BusyButton>
            </ActionGroup>
            {test.error !== null && (
                <Message live variant="danger" title={text(test.error)} />
            )}
            {test.data !== undefined && !test.isPending && (
                <TestSteps kind="ldap" result={test.data.result} />
            )}
        </Form>
    );
}
