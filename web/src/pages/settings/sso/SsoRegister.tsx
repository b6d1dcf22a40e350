// SSO-4, SSO-5: the addresses that the provider has to know.
import { Form, FormGroup } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyText } from '@/components/CopyText';
import type { Sso } from './values';

export function SsoRegister({ sso }: { sso: Sso }) {
    const { t } = useTranslation('settings');
    // TRAP-10: older manuals named the address without /login.
    const old = sso.sign_out_redirect_uri.replace(/\/login$/, '');
    return (
        <div className="ep-stack">
            <p>{t('sso.registerBody')}</p>
            <Form isWidthLimited aria-label={t('sso.register')}
                onSubmit={(event) => event.preventDefault()}>
                <FormGroup label={t('sso.signIn')}>
                    <CopyText label={t('sso.signIn')}>{sso.sign_in_redirect_uri}</CopyText>
                </FormGroup>
                <FormGroup label={t('sso.signOut')}>
                    <CopyText label={t('sso.signOut')}>{sso.sign_out_redirect_uri}</CopyText>
                </FormGroup>
            </Form>
            <p className="ep-break">{t('sso.signOutHint', { url: old })}</p>
        </div>
    );
}
