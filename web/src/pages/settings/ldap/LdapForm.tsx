// The settings of the directory.
import type { FormEvent } from 'react';
import { ActionGroup, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSave } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { Hint } from '@/components/Hint';
import { Message } from '@/components/Message';
import {
    changes, fields, placeholders, unsafe, words, type Edit, type Field, type Ldap
} from './values';

function LdapField({ name, settings, edit, onChange }: {
    name: Field;
    settings: Ldap;
    edit: Edit;
    onChange: (value: string) => void;
}) {
    const { t } = useTranslation('settings');
    const fixed = settings.fixed.includes(name);
    const id = `ldap-${name}`;
    return (
        <FormGroup label={t(`ldap.${words[name]}`)} fieldId={id}>
            <TextInput id={id} value={edit[name] ?? settings[name] ?? ''} spellCheck={false}
                autoComplete="off" aria-describedby={`${id}-hint`}
                placeholder={placeholders[name]} className="ep-mono"
                readOnlyVariant={fixed ? 'default' : undefined}
                onChange={(_, value) => onChange(value)} />
            <Hint id={`${id}-hint`}>
                {fixed ? t('ldap.fixed', { name: `EPORTAL_LDAP_${name.toUpperCase()}` })
                    : t(`ldap.${words[name]}Hint`)}
            </Hint>
        </FormGroup>
    );
}

export function LdapForm({ settings, edit, setEdit }: {
    settings: Ldap;
    edit: Edit;
    setEdit: (change: (now: Edit) => Edit) => void;
}) {
    const { t } = useTranslation('settings');
    const tell = useTell();
    const text = useErrorText();
    const save = useSave('/admin/api/settings/ldap', [
        '/admin/api/settings', '/admin/api/session'
    ]);
    const wanted = changes(settings, edit);
    const on = settings.url !== null && settings.connection_string !== null;
    const warnings = edit.url === undefined
        ? settings.warnings.map(({ code }) => code) : unsafe(edit.url);

    const onSubmit = (event: FormEvent) => {
        event.preventDefault();
        if (save.isPending) {
            return;
        }
        if (Object.keys(wanted).length === 0) {
            tell(t('unchanged'), 'info');
            return;
        }
        save.mutate({ params: wanted }, {
            onSuccess: ({ result }) => {
                setEdit(() => ({}));
                tell(t(result.url === null ? 'ldap.off' : 'ldap.saved'));
            }
        });
    };

    return (
        <Form onSubmit={onSubmit} aria-label={t('ldap.title')} noValidate>
            <Message variant={on ? 'success' : 'info'} title={t(on ? 'ldap.on' : 'ldap.notOn')} />
            {warnings.map((code) => (
                <Message key={code} live variant="warning" title={t(`ldap.warning.${code}`)} />
            ))}
            {fields.map((name) => (
                <LdapField key={name} name={name} settings={settings} edit={edit}
                    onChange={(value) => setEdit((now) => ({ ...now, [name]: value }))} />
            ))}
            {save.error !== null && (
                <Message live variant="danger" title={text(save.error)} />
            )}
            <ActionGroup>
                <BusyButton type="submit" isLoading={save.isPending} isDisabled={save.isPending}>
                    {t('common:save')}
                </BusyButton>
            </ActionGroup>
        </Form>
    );
}
