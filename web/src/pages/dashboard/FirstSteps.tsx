// The way of a new portal to its first patched server; gone when it is done.
import {
    Card, CardBody, CardTitle, Content, ProgressStep, ProgressStepper
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Answer } from '@/api/client';

type Counts = Answer<'/admin/api/start', 'get'>['result'];

export function FirstSteps({ start, source }: {
    start: Counts;
    /** patchsets come from somewhere */
    source: boolean;
}) {
    const { t } = useTranslation('dashboard');
    const steps = [
        { name: 'source', done: source, to: '/settings/source' },
        { name: 'key', done: start.keys > 0, to: '/keys/new' },
        { name: 'server', done: start.servers.total > 0, to: '/docs' }
    ];
    const current = steps.findIndex(({ done }) => !done);
    if (current < 0) {
        return null;
    }
    return (
        <Card component="section">
            <CardTitle component="h2">{t('first.title')}</CardTitle>
            <CardBody>
                <Content component="p">{t('first.body')}</Content>
                <ProgressStepper isVertical aria-label={t('first.title')}>
                    {steps.map(({ name, done, to }, index) => (
                        <ProgressStep key={name} id={`first-${name}`}
                            titleId={`first-${name}-title`}
                            variant={done ? 'success' : index === current ? 'info' : 'pending'}
                            isCurrent={index === current}
                            aria-label={t(done ? 'first.done' : 'first.open')}
                            description={t(`first.${name}.body`)}>
                            {done ? t(`first.${name}.title`)
                                : <Link to={to}>{t(`first.${name}.title`)}</Link>}
                        </ProgressStep>
                    ))}
                </ProgressStepper>
            </CardBody>
        </Card>
    );
}
