// What is there until what was asked for has come.
import { Bullseye, Spinner } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function Loading() {
    const { t } = useTranslation();
    return (
        <Bullseye>
            <Spinner aria-label={t('loading')} aria-valuetext={t('loading')} />
        </Bullseye>
    );
}
