// A button that shows while it is at work (isLoading), and says so in the
// user's language.
import { Button, type ButtonProps } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function BusyButton(props: Omit<ButtonProps, 'ref'>) {
    const { t } = useTranslation();
    return <Button {...props} spinnerAriaValueText={t('loading')} />;
}
