// API keys of programs (NEW-SEC-2): one's own, and everybody's for an
// administrator.
import { useState } from 'react';
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection
} from '@patternfly/react-core';
import { KeyIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import type { Answer } from '@/api/client';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { ApiKeysTable } from './ApiKeysTable';
import { NewApiKey } from './NewApiKey';
import { RevokeApiKey } from './RevokeApiKey';

export type ApiKey = Answer<'/admin/api/tokens', 'get'>['result'][number];

export default function ApiKeys() {
    const { t } = useTranslation('users');
    const tokens = useApi('/admin/api/tokens');
    const all = useMayChange();
    const [adding, setAdding] = useState(false);
    const [revoked, setRevoked] = useState<ApiKey | null>(null);
    const add = <Button onClick={() => setAdding(true)}>{t('apiKeys.add')}</Button>;

    return (
        <>
            <PageHeader title={t('apiKeys.title')}
                description={t(all ? 'apiKeys.description' : 'apiKeys.descriptionOwn')}
                actions={add} />
            <PageSection>
                <Reading query={tokens}>
                    {({ result }) => result.length > 0 ? (
                        <ApiKeysTable keys={result} onRevoke={setRevoked} />
                    ) : (
                        <EmptyState headingLevel="h2" icon={KeyIcon}
                            titleText={t('apiKeys.none')}>
                            <EmptyStateBody>{t('apiKeys.noneBody')}</EmptyStateBody>
                            <EmptyStateFooter>
                                <EmptyStateActions>
                                    <Button variant="link" onClick={() => setAdding(true)}>
                                        {t('apiKeys.first')}
                                    </Button>
                                </EmptyStateActions>
                            </EmptyStateFooter>
                        </EmptyState>
                    )}
                </Reading>
            </PageSection>
            {adding && <NewApiKey onClose={() => setAdding(false)} />}
            {revoked !== null && (
                <RevokeApiKey apiKey={revoked} onClose={() => setRevoked(null)} />
            )}
        </>
    );
}
