// How far a test of settings went: every step with what was found, the one
// that failed with what is wrong, and those that were not reached.
import { ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { Message } from '@/components/Message';
import { stepOrder, useStepText, type Tested } from './stepTexts';

export type TestResult = Answer<'/admin/api/settings/source/test', 'post'>['result'];

export function TestSteps({ kind, result }: { kind: Tested; result: TestResult }) {
    const { t, i18n } = useTranslation('settings');
    const text = useStepText();
    const problem = `problem.${result.error}`;
    const step = (name: string) => {
        const found = result.steps.find((one) => one.step === name);
        const outcome = found === undefined ? 'pending' : found.ok ? 'success' : 'danger';
        return (
            <ProgressStep key={name} id={`step-${name}`} titleId={`step-${name}-title`}
                variant={outcome} aria-label={t(`test.${outcome}`)}
                description={found === undefined ? t('test.pending')
                    : <span className="ep-break">{text(found.text)}</span>}>
                {t(`step.${name}`)}
            </ProgressStep>
        );
    };

    return (
        <div role="status" className="ep-stack">
            {result.ok
                ? <Message variant="success" title={t('test.ok')} />
                : (
                    <Message variant="danger" title={t('test.failed', {
                        step: t(`step.${result.failed}`)
                    })}>
                        {i18n.exists(problem, { ns: 'settings' }) && t(problem)}
                    </Message>
                )}
            <ProgressStepper isVertical aria-label={t('test.steps')}>
                {stepOrder[kind].map(step)}
            </ProgressStepper>
        </div>
    );
}
