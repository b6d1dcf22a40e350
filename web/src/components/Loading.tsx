// What is there until the first page has been loaded.
import { Bullseye, Spinner } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function Opening() {
    const { t } = useTranslation();
    return <Bullseye><Spinner aria-label={t('loading')} /></Bullseye>;
}
