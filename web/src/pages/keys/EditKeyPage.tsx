// Editing a key (KEY-2), its registration command, and its end.
import { useState } from 'react';
import {
    Alert, Button, Card, CardBody, CardTitle, EmptyState, EmptyStateActions,
    EmptyStateFooter, Grid, GridItem, PageSection
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useMayChange } from '@/api/session';
import { useTell } from '@/app/notices';
import { AdminsOnly } from '@/components/AdminsOnly';
import { PageHeader } from '@/components/PageHeader';
import { Reading } from '@/components/Reading';
import { Created } from './Created';
import { DeleteKey } from './DeleteKey';
import { useKeyForm, valuesOf } from './form';
import { KeyForm } from './KeyForm';
import { serversOf, useKeys, type Key } from './keys';
import { KeyTrail } from './KeyTrail';
import { RegisterCommand } from './RegisterCommand';

/** What the change means for servers that are registered already. */
function Consequences({ row, feed, limit }: { row: Key; feed: string; limit: number }) {
    const { t } = useTranslation('keys');
    const moved = feed !== row.feed && row.servers > 0;
    const over = limit > 0 && limit < row.servers;
    return (
        <>
            {moved && (
                <Alert isInline component="p" variant="info"
                    title={t('edit.moves', { count: row.servers, feed })} />
            )}
            {over && (
                <Alert isInline component="p" variant="info"
                    title={t('edit.over', { count: row.servers })} />
            )}
        </>
    );
}

function EditForm({ row }: { row: Key }) {
    const { t } = useTranslation('keys');
    const navigate = useNavigate();
    const tell = useTell();
    const form = useKeyForm(valuesOf(row), () => false);
    const save = (then: () => void) => form.save(({ key }) => {
        tell(t('edit.saved', { key }));
        then();
    });
    const back = () => void navigate('/keys');
    return (
        <KeyForm form={form} isNew={false} onSubmit={() => save(back)}
            note={(
                <Consequences row={row} feed={form.values.feed}
                    limit={Number(form.values.limit)} />
            )}>
            <Button type="submit" isDisabled={form.busy}>{t('common:save')}</Button>
            <Button variant="secondary" isDisabled={form.busy}
                onClick={() => save(() => undefined)}>
                {t('form.continue')}
            </Button>
            <Button variant="link" onClick={back}>{t('common:cancel')}</Button>
        </KeyForm>
    );
}

function Side({ row }: { row: Key }) {
    const { t } = useTranslation('keys');
    return (
        <div className="ep-stack">
            <Card>
                <CardTitle component="h2">{t('register.title')}</CardTitle>
                <CardBody><RegisterCommand name={row.key} /></CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('edit.servers')}</CardTitle>
                <CardBody>
                    {row.servers === 0 ? t('edit.noServers') : (
                        <Link to={serversOf(row.key)}>
                            {t('edit.showServers', { count: row.servers })}
                        </Link>
                    )}
                </CardBody>
            </Card>
        </div>
    );
}

function Unknown() {
    const { t } = useTranslation('keys');
    return (
        <EmptyState headingLevel="h2" titleText={t('edit.unknown')}>
            <EmptyStateFooter>
                <EmptyStateActions><Link to="/keys">{t('edit.back')}</Link></EmptyStateActions>
            </EmptyStateFooter>
        </EmptyState>
    );
}

export function EditKey({ name }: { name: string }) {
    const { t } = useTranslation('keys');
    const mayChange = useMayChange();
    const navigate = useNavigate();
    const keys = useKeys();
    const [deleting, setDeleting] = useState<Key | null>(null);
    const row = keys.data?.result.find(({ key }) => key === name);
    const title = t('edit.title', { key: name });

    if (!mayChange) {
        return <AdminsOnly title={title} />;
    }
    return (
        <>
            <PageHeader title={title} breadcrumb={<KeyTrail name={name} />}
                {...(row !== undefined && {
                    actions: (
                        <Button variant="danger" onClick={() => setDeleting(row)}>
                            {t('delete.action')}
                        </Button>
                    )
                })} />
            <PageSection>
                <Created command={false} />
                <Reading query={keys}>
                    {() => row === undefined ? <Unknown /> : (
                        <Grid hasGutter>
                            <GridItem lg={7}><EditForm key={name} row={row} /></GridItem>
                            <GridItem lg={5}><Side row={row} /></GridItem>
                        </Grid>
                    )}
                </Reading>
            </PageSection>
            {deleting !== null && (
                <DeleteKey row={row ?? deleting} onClose={() => setDeleting(null)}
                    onDeleted={() => void navigate('/keys')} />
            )}
        </>
    );
}

export default function EditKeyPage() {
    const { key = '' } = useParams();
    return <EditKey key={key} name={key} />;
}
