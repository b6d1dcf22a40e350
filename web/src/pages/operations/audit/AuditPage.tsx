// The audit log (NEW-SEC-7): every change and every login, newest first.
import {
    Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter,
    PageSection
} from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { AdminsOnly } from '@/components/AdminsOnly';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { AuditExport } from './AuditExport';
import { AuditFilters } from './AuditFilters';
import { AuditPages } from './AuditPages';
import { AuditTable } from './AuditTable';
import { useAuditAddress } from './address';

const PAGE = 50;

function Audit() {
    const { t } = useTranslation('operations');
    const { filters, before, clear } = useAuditAddress();
    const filtered = Object.keys(filters).length > 0;
    const audit = useApi('/admin/api/audit', {
        query: { ...filters, limit: PAGE, ...(before !== null && { before }) },
        keep: true
    });
    return (
        <>
            <PageHeader title={t('audit.title')} description={t('audit.description')}
                actions={<AuditExport />} />
            <PageSection>
                <AuditFilters />
                <Reading query={audit}>
                    {({ result, next }) => (result.length === 0
                        ? (
                            <EmptyState headingLevel="h2" icon={SearchIcon}
                                titleText={t(filtered ? 'audit.nothing' : 'audit.none')}>
                                <EmptyStateBody>
                                    {t(filtered ? 'audit.nothingBody' : 'audit.noneBody')}
                                </EmptyStateBody>
                                {filtered && (
                                    <EmptyStateFooter>
                                        <EmptyStateActions>
                                            <Button variant="link" onClick={clear}>
                                                {t('common:filter.clear')}
                                            </Button>
                                        </EmptyStateActions>
                                    </EmptyStateFooter>
                                )}
                            </EmptyState>
                        )
                        : (
                            <>
                                <AuditTable rows={result} />
                                <AuditPages next={next} />
                            </>
                        ))}
                </Reading>
            </PageSection>
        </>
    );
}

export default function AuditPage() {
    const { t } = useTranslation('operations');
    return useMayChange() ? <Audit /> : <AdminsOnly title={t('audit.title')} />;
}
