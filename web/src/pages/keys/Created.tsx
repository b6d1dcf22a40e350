// "Key X was created", with the command that uses it. Pages tell each other by
// the state of the browser's history, so a reload does not tell it again.
import { Alert, AlertActionCloseButton } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { RegisterCommand } from './RegisterCommand';

export function createdState(key: string) {
    return { created: key };
}

export function useCreated(): string | null {
    const state: unknown = useLocation().state;
    return typeof state === 'object' && state !== null && 'created' in state
        && typeof state.created === 'string' ? state.created : null;
}

export function Created({ command = true }: {
    /** false where the command is shown anyway */
    command?: boolean;
}) {
    const { t } = useTranslation('keys');
    const { pathname, search } = useLocation();
    const navigate = useNavigate();
    const created = useCreated();
    if (created === null) {
        return null;
    }
    const title = t('created', { key: created });
    return (
        <Alert isInline isLiveRegion component="p" variant="success" title={title}
            className="ep-paragraph" actionClose={(
                <AlertActionCloseButton title={title} aria-label={t('common:close')}
                    onClose={() => void navigate(pathname + search, { replace: true })} />
            )}>
            {command && <RegisterCommand name={created} />}
        </Alert>
    );
}
