// The Manage dialog (MAN-1..5, NEW-PS-7, 8): an action per feed, then what it
// will change, then it is done. Whatever the portal refuses is said here, and
// the choices stay.
import { useState } from 'react';
import { Button, ModalBody, ModalFooter, ModalHeader, Progress } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import type { Product } from '@/api/products';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { Dialog } from '@/components/Dialog';
import { useErrorText } from '@/components/errors';
import { Message } from '@/components/Message';
import { Reading } from '@/components/Reading';
import { callsOf, useManage, type Call, type Change, type Choices } from './manage';
import { ManageFeeds } from './ManageFeeds';
import { ManagePreview } from './ManagePreview';

interface Planned {
    calls: Call[];
    changes: Change[];
}

function feedsOf(calls: readonly Call[]): string[] {
    return calls.flatMap(({ feeds }) => feeds);
}

/** What is left to do when some calls went well. */
function without({ calls, changes }: Planned, done: readonly Call[]): Planned {
    const gone = feedsOf(done);
    return {
        calls: calls.filter((call) => !done.includes(call)),
        changes: changes.filter(({ feed }) => !gone.includes(feed))
    };
}

export function ManageDialog({ product, patchset, onClose }: {
    product: Product;
    patchset: string;
    onClose: () => void;
}) {
    const { t } = useTranslation('patchsets');
    const text = useErrorText();
    const tell = useTell();
    const matrix = useApi('/admin/api/patchsets/matrix', { query: { product, patchset } });
    const { busy, progress, error, preview, apply, forget } = useManage(patchset);
    const [choices, setChoices] = useState<Choices>({});
    const [plan, setPlan] = useState<Planned | null>(null);
    const [done, setDone] = useState<string[]>([]);

    const calls = callsOf(choices, matrix.data?.result.patchsets[0]?.feeds ?? []);

    const show = async () => {
        const changes = await preview(calls);
        if (changes !== null) {
            setPlan({ calls, changes });
        }
    };
    const back = () => { forget(); setPlan(null); };
    const act = async (now: Planned) => {
        const good = await apply(now.calls);
        const feeds = [...done, ...feedsOf(good)];
        if (good.length === now.calls.length) {
            tell(t('manage.done', { name: patchset, feeds: feeds.join(', ') }));
            onClose();
            return;
        }
        setDone(feeds);
        setPlan(without(now, good));
        setChoices(({ ...left }) => {
            feedsOf(good).forEach((feed) => delete left[feed]);
            return left;
        });
    };
    const close = () => { if (!busy) { onClose(); } };
    const title = t('manage.title', { name: patchset });

    return (
        <Dialog variant="large" onClose={close} aria-labelledby="manage-heading">
            <ModalHeader title={title} labelId="manage-heading"
                description={plan === null ? t('manage.description')
                    : plan.changes.length > 0 && t('preview.title')} />
            <ModalBody>
                <div className="ep-stack">
                    {error !== null && (
                        <Message variant="danger" title={text(error)} live>
                            {done.length > 0 && t('preview.partly', { feeds: done.join(', ') })}
                        </Message>
                    )}
                    <Reading query={matrix}>
                        {({ result: { feeds, patchsets: [row] } }) => {
                            if (row === undefined) {
                                return <Message variant="warning" title={t('manage.none')} />;
                            }
                            return plan === null ? (
                                <ManageFeeds cells={row.feeds} choices={choices}
                                    disabled={busy} label={title} onChange={setChoices} />
                            ) : <ManagePreview {...plan} feeds={feeds} />;
                        }}
                    </Reading>
                    {progress !== null && (
                        <Progress value={progress.done} max={progress.total} size="sm"
                            measureLocation="none" title={t('preview.progress', { ...progress })} />
                    )}
                </div>
            </ModalBody>
            <ModalFooter>
                {plan === null ? (
                    <BusyButton onClick={() => void show()} isLoading={busy}
                        isDisabled={busy || calls.length === 0}>
                        {t('manage.apply')}
                    </BusyButton>
                ) : (
                    <>
                        <BusyButton onClick={() => void act(plan)} isLoading={busy}
                            isDisabled={busy || plan.changes.length === 0}>
                            {t('preview.apply')}
                        </BusyButton>
                        <Button variant="secondary" onClick={back} isDisabled={busy}>
                            {t('preview.back')}
                        </Button>
                    </>
                )}
                <Button variant="link" onClick={close} isDisabled={busy}>
                    {t('common:cancel')}
                </Button>
            </ModalFooter>
        </Dialog>
    );
}
