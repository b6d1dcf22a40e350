// How far a change of many servers is.
import { Progress } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function BulkProgress({ done, total }: { done: number; total: number }) {
    const { t, i18n } = useTranslation('servers');
    const number = new Intl.NumberFormat(i18n.language);
    const text = t('bulk.done', { done: number.format(done), total: number.format(total) });
    return (
        <Progress value={done} max={total} title={t('bulk.progress')} measureLocation="top"
            label={text} valueText={text} />
    );
}
