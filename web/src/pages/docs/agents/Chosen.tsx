// What the commands below are made of: the portal's address and a key.
import { useEffect } from 'react';
import {
    Form, FormGroup, FormSelect, FormSelectOption, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { useErrorText } from '@/components/errors';
import { Hint } from '@/components/Hint';
import { Message } from '@/components/Message';
import { portalOf } from './portal';

export function Chosen({ address, setAddress, chosen, setKey }: {
    address: string;
    setAddress: (address: string) => void;
    chosen: string;
    setKey: (key: string) => void;
}) {
    const { t } = useTranslation('docs');
    const admin = useMayChange();
    const text = useErrorText();
    const { data, error } = useApi('/admin/api/keys');
    const keys = data?.result ?? [];
    const first = keys[0]?.key ?? '';
    const bad = portalOf(address) === null;

    useEffect(() => {
        if (chosen === '' && first !== '') {
            setKey(first);
        }
    }, [chosen, first, setKey]);

    return (
        <Form isWidthLimited aria-label={t('chosen.title')}
            onSubmit={(event) => event.preventDefault()}>
            <FormGroup label={t('chosen.address')} fieldId="docs-address">
                <TextInput id="docs-address" type="url" value={address} spellCheck={false}
                    validated={bad ? 'error' : 'default'} aria-describedby="docs-address-hint"
                    onChange={(_, value) => setAddress(value)} />
                <Hint id="docs-address-hint" error={bad}>
                    {t(bad ? 'chosen.addressBad' : 'chosen.addressHint')}
                </Hint>
            </FormGroup>
            {error !== null && <Message variant="danger" title={text(error)} />}
            {data !== undefined && keys.length === 0 && (
                <Message variant="info" title={t('chosen.noKeys')} actions={
                    admin && <Link to="/keys/new">{t('chosen.newKey')}</Link>
                } />
            )}
            {keys.length > 0 && (
                <FormGroup label={t('chosen.key')} fieldId="docs-key">
                    <FormSelect id="docs-key" value={chosen}
                        aria-describedby="docs-key-hint"
                        onChange={(_, value) => setKey(value)}>
                        {keys.map(({ key, feed, note }) => (
                            <FormSelectOption key={key} value={key}
                                label={note === null || note === '' ? `${key} (${feed})`
                                    : `${key} (${feed}) — ${note}`} />
                        ))}
                    </FormSelect>
                    <Hint id="docs-key-hint">{t('chosen.keyHint')}</Hint>
                </FormGroup>
            )}
        </Form>
    );
}
