// Older and newer rows. There is no count: the log may hold millions.
import { ActionList, ActionListItem, Button } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useAuditAddress } from './address';

export function AuditPages({ next }: { next: number | null }) {
    const { t } = useTranslation('operations');
    const { before, older, newer, newest } = useAuditAddress();
    if (before === null && next === null) {
        return null;
    }
    return (
        <nav aria-label={t('audit.pages')} className="ep-below">
            <ActionList>
                <ActionListItem>
                    <Button variant="secondary" isDisabled={before === null} onClick={newest}>
                        {t('audit.newest')}
                    </Button>
                </ActionListItem>
                <ActionListItem>
                    <Button variant="secondary" isDisabled={before === null} onClick={newer}>
                        {t('audit.newer')}
                    </Button>
                </ActionListItem>
                <ActionListItem>
                    <Button variant="secondary" isDisabled={next === null}
                        onClick={() => next !== null && older(next)}>
                        {t('audit.older')}
                    </Button>
                </ActionListItem>
            </ActionList>
        </nav>
    );
}
