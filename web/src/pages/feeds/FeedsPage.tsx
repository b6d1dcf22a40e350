// Feeds: which patchsets the servers of some keys get (FEED-1..14).
import { useState } from 'react';
import { Button, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useMayChange } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { isPaged, Pages, pageOf, usePage } from '@/components/Pages';
import { Reading } from '@/components/Reading';
import { DeleteFeed } from './DeleteFeed';
import { FeedDialog } from './FeedDialog';
import { FeedTable } from './FeedTable';
import { useFeeds, type Feed } from './feeds';
import { MainFeed } from './MainFeed';

/** Which dialog is open, and for which feed. */
type Open = { kind: 'create' } | { kind: 'edit' | 'delete'; feed: Feed } | null;

function FeedList({ feeds, open, onOpen }: {
    feeds: readonly Feed[];
    open: Open;
    onOpen: (open: Open) => void;
}) {
    const { t } = useTranslation('feeds');
    const mayChange = useMayChange();
    const page = usePage(feeds.length);
    const close = () => onOpen(null);
    // What the dialogs tell is as it is now; when a feed is gone from the list
    // its dialog still has to say so.
    const now = (feed: Feed) => feeds.find(({ name }) => name === feed.name) ?? feed;
    return (
        <>
            <FeedTable feeds={pageOf(feeds, page)}
                onEdit={(feed) => onOpen({ kind: 'edit', feed })}
                onDelete={(feed) => onOpen({ kind: 'delete', feed })} />
            {isPaged(feeds.length, page) && (
                <Pages count={feeds.length} variant="bottom" />
            )}
            {feeds.length === 1 && (
                <p className="ep-muted ep-gap">{t(mayChange ? 'only' : 'onlyReader')}</p>
            )}
            <MainFeed />
            {open?.kind === 'create' && (
                <FeedDialog feed={null} taken={feeds.map(({ name }) => name)} onClose={close} />
            )}
            {open?.kind === 'edit' && (
                <FeedDialog feed={now(open.feed)} taken={[]} onClose={close} />
            )}
            {open?.kind === 'delete' && (
                <DeleteFeed feed={now(open.feed)} onClose={close} />
            )}
        </>
    );
}

export default function FeedsPage() {
    const { t } = useTranslation('feeds');
    const mayChange = useMayChange();
    const feeds = useFeeds();
    const [open, setOpen] = useState<Open>(null);
    return (
        <>
            <PageHeader title={t('title')} description={t('description')}
                {...(mayChange && {
                    actions: (
                        <Button onClick={() => setOpen({ kind: 'create' })}>
                            {t('create.action')}
                        </Button>
                    )
                })} />
            <PageSection>
                <Reading query={feeds}>
                    {({ result }) => (
                        <FeedList feeds={result} open={open} onOpen={setOpen} />
                    )}
                </Reading>
            </PageSection>
        </>
    );
}
