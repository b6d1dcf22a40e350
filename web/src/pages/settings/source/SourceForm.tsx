// The patch source's address, login and distributions. A test tries what is
// typed, saved or not.
import { useState, type FormEvent } from 'react';
import { ActionGroup, Checkbox, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSave, useSend } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { Hint } from '@/components/Hint';
import { Message } from '@/components/Message';
import { isFixed, useOriginText } from '@/components/origin';
import { TestSteps } from '../TestSteps';
import { DistroPicker } from './DistroPicker';
import { PasswordField } from './PasswordField';
import { changes, isLimited, type Edit, type Source } from './values';

export function SourceForm({ settings }: { settings: Source }) {
    const { t } = useTranslation('settings');
    const admin = useMayChange();
    const tell = useTell();
    const text = useErrorText();
    const origin = useOriginText();
    const [edit, setEdit] = useState<Edit>({});
    const [first, setFirst] = useState(false);
    const save = useSave('/admin/api/settings/source', [
        '/admin/api/settings', '/admin/api/status', '/admin/api/jobs'
    ]);
    const test = useSend('post', '/admin/api/settings/source/test');
    const wanted = changes(settings, edit);
    const limited = isLimited(settings, edit);
    const distros = edit.distros ?? settings.distros;
    const noDistro = limited && distros.length === 0;
    const { origins } = settings;
    const whence = (name: string) => (name === 'default' ? '' : origin(name));
    const change = (part: Edit) => setEdit((now) => ({ ...now, ...part }));

    const onSubmit = (event: FormEvent) => {
        event.preventDefault();
        if (noDistro || save.isPending) {
            return;
        }
        if (Object.keys(wanted).length === 0) {
            tell(t('unchanged'), 'info');
            return;
        }
        save.mutate({ params: wanted }, {
            onSuccess: ({ result }) => {
                setFirst(!settings.configured && result.configured);
                setEdit({});
                tell(t('source.saved'));
            }
        });
    };

    return (
        <Form isWidthLimited onSubmit={onSubmit} aria-label={t('source.title')} noValidate>
            {first && (
                <Message live variant="success" title={t('source.first.title')} actions={
                    <Link to="/patches/kernel">{t('source.first.link')}</Link>
                }>
                    {t('source.first.body')}
                </Message>
            )}
            {save.error !== null && (
                <Message live variant="danger" title={text(save.error)} />
            )}
            <FormGroup label={t('source.url')} fieldId="source-url">
                <TextInput id="source-url" type="url" value={edit.url ?? settings.url ?? ''}
                    readOnlyVariant={!admin || isFixed(origins.url) ? 'default' : undefined}
                    aria-describedby="source-url-hint" spellCheck={false}
                    onChange={(_, url) => change({ url })} />
                <Hint id="source-url-hint">
                    {t('source.urlHint')} {whence(origins.url)}
                </Hint>
            </FormGroup>
            <FormGroup label={t('source.login')} fieldId="source-user">
                <TextInput id="source-user" value={edit.user ?? settings.user ?? ''}
                    readOnlyVariant={!admin || isFixed(origins.user) ? 'default' : undefined}
                    autoComplete="off" aria-describedby="source-user-hint"
                    onChange={(_, user) => change({ user })} />
                <Hint id="source-user-hint">
                    {t('source.loginHint')} {whence(origins.user)}
                </Hint>
            </FormGroup>
            <PasswordField settings={settings} edit={edit} change={change} />
            <FormGroup role="group" label={t('distros.label')} fieldId="source-distros">
                <Checkbox id="source-limited" isChecked={limited} label={t('distros.limit')}
                    description={t('distros.limitHint')}
                    isDisabled={!admin || isFixed(origins.distro)}
                    onChange={(_, on) => change({ limited: on })} />
                {limited && (
                    <DistroPicker known={settings.known_distros} chosen={distros}
                        disabled={!admin || isFixed(origins.distro)}
                        onChange={(chosen) => change({ distros: chosen })} />
                )}
                <Hint id="source-distros-hint" error={noDistro}>
                    {noDistro ? t('distros.needed') : whence(origins.distro)}
                </Hint>
            </FormGroup>
            {admin && (
                <ActionGroup>
                    <BusyButton type="submit" isLoading={save.isPending}
                        isDisabled={save.isPending}>
                        {t('common:save')}
                    </BusyButton>
                    <BusyButton variant="secondary" isLoading={test.isPending}
                        isDisabled={test.isPending}
                        onClick={() => test.mutate({ params: wanted })}>
                        {t('test.button')}
                    </BusyButton>
                </ActionGroup>
            )}
            {test.error !== null && (
                <Message live variant="danger" title={text(test.error)} />
            )}
            {test.data !== undefined && !test.isPending && (
                <TestSteps kind="source" result={test.data.result} />
            )}
        </Form>
    );
}
