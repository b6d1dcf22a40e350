// A new registration key (KEY-7..15).
import { Button, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { useMayChange } from '@/api/session';
import { AdminsOnly } from '@/components/AdminsOnly';
import { PageHeader } from '@/components/PageHeader';
import { Created, createdState } from './Created';
import { EditKey } from './EditKeyPage';
import { emptyValues, useKeyForm } from './form';
import { KeyForm } from './KeyForm';
import { editAddress, useKeys, type Key } from './keys';
import { KeyTrail } from './KeyTrail';

function NewKey() {
    const { t } = useTranslation('keys');
    const navigate = useNavigate();
    const keys = useKeys();
    // Saving under a name that is taken would change that key.
    const form = useKeyForm(emptyValues, (name) =>
        keys.data?.result.some(({ key }) => key === name) ?? false);
    const go = (to: string) => ({ key }: Key) =>
        void navigate(to === 'edit' ? editAddress(key) : to, { state: createdState(key) });
    const another = (row: Key) => {
        form.reset({ ...emptyValues, feed: form.values.feed, products: form.values.products });
        go('/keys/new')(row);
        document.getElementById('key-key')?.focus();
    };
    const buttons: [string, (row: Key) => void][] = [
        ['another', another], ['continue', go('edit')]
    ];

    return (
        <>
            <PageHeader title={t('create.title')} breadcrumb={<KeyTrail />} />
            <PageSection>
                <Created />
                <KeyForm form={form} isNew onSubmit={() => form.save(go('/keys'))}>
                    <Button type="submit" isDisabled={form.busy}>{t('common:save')}</Button>
                    {buttons.map(([name, then]) => (
                        <Button key={name} variant="secondary" isDisabled={form.busy}
                            onClick={() => form.save(then)}>
                            {t(`form.${name}`)}
                        </Button>
                    ))}
                    <Button variant="link" onClick={() => void navigate('/keys')}>
                        {t('common:cancel')}
                    </Button>
                </KeyForm>
            </PageSection>
        </>
    );
}

export default function NewKeyPage() {
    const { t } = useTranslation('keys');
    const [params] = useSearchParams();
    const mayChange = useMayChange();
    if (params.has('edit')) {
        return <EditKey name="new" />;
    }
    return mayChange ? <NewKey /> : <AdminsOnly title={t('create.title')} />;
}
