// What the list shows when it is empty: how to register the first server, or
// that the filter is too narrow.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter
} from '@patternfly/react-core';
import { SearchIcon, ServerIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '@/api/hooks';
import { useSession } from '@/api/session';
import { allSteps } from '@/components/agentCommands';
import { CopyBlock } from '@/components/CopyBlock';

/** A key that can be typed into a shell; any of them is good to begin with. */
function useFirstKey(): string {
    const { data } = useApi('/admin/api/keys');
    const key = data?.result.find((one) => /^[\w.-]+$/.test(one.key))?.key;
    return key ?? 'KEY';
}

export function NoServers() {
    const { t } = useTranslation('servers');
    const key = useFirstKey();
    const { session } = useSession();
    const portal = session?.base_url ?? window.location.origin;
    return (
        <EmptyState headingLevel="h2" icon={ServerIcon} titleText={t('none.title')}
            variant="lg">
            <EmptyStateBody>
                <p>{t('none.body')}</p>
                <CopyBlock label={t('none.command')}>{allSteps(portal, key)}</CopyBlock>
            </EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <Link to="/docs">{t('none.docs')}</Link>
                    <Link to="/keys">{t('none.keys')}</Link>
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}

export function NoMatch({ onReset }: { onReset: () => void }) {
    const { t } = useTranslation('servers');
    return (
        <EmptyState headingLevel="h2" icon={SearchIcon} titleText={t('noMatch.title')}>
            <EmptyStateBody>{t('noMatch.body')}</EmptyStateBody>
            <EmptyStateFooter>
                <EmptyStateActions>
                    <Button variant="link" onClick={onReset}>
                        {t('common:filter.clear')}
                    </Button>
                </EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}
