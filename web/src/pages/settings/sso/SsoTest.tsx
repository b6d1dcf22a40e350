// Trying the provider with what is in the configuration file.
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { Message } from '@/components/Message';
import { TestSteps } from '../TestSteps';

export function SsoTest() {
    const { t } = useTranslation('settings');
    const text = useErrorText();
    const test = useSend('post', '/admin/api/settings/sso/test');
    return (
        <div className="ep-stack">
            <p>{t('sso.checkBody')}</p>
            <div>
                <BusyButton variant="secondary" isLoading={test.isPending}
                    isDisabled={test.isPending}
                    onClick={() => test.mutate({})}>
                    {t('test.button')}
                </BusyButton>
            </div>
            {test.error !== null && (
                <Message live variant="danger" title={text(test.error)} />
            )}
            {test.data !== undefined && !test.isPending && (
                <TestSteps kind="sso" result={test.data.result} />
            )}
        </div>
    );
}
