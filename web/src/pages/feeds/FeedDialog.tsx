// Making a feed, or changing one (FEED-3..11, NEW-FEED-1).
import { useState } from 'react';
import {
    Alert, Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem,
    ModalBody, ModalFooter, ModalHeader, Radio, Switch, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { Dialog } from '@/components/Dialog';
import { useErrorText } from '@/components/errors';
import { channels, DELAY_MAX, stale, type Channel, type Feed } from './feeds';

const NAME = /^[A-Za-z0-9._-]{1,32}$/;

interface Values {
    name: string;
    auto: boolean;
    delay: string;
    channel: Channel;
}

function isDelay(text: string): boolean {
    return /^\d{1,5}$/.test(text.trim()) && Number(text) <= DELAY_MAX;
}

function valuesOf(feed: Feed | null): Values {
    return {
        name: feed?.name ?? '',
        auto: feed?.auto ?? false,
        delay: String(feed?.deploy_after ?? 0),
        channel: feed?.channel ?? 'default'
    };
}

function useFeedForm(feed: Feed | null, taken: readonly string[], onClose: () => void) {
    const { t } = useTranslation('feeds');
    const text = useErrorText();
    const tell = useTell();
    const put = useSend('post', '/admin/api/feeds', stale);
    const [values, setValues] = useState(() => valuesOf(feed));
    const [tried, setTried] = useState(false);
    const name = values.name.trim();
    // A name that is taken would change that feed.
    const badName = !NAME.test(name) ? t('problem.name')
        : feed === null && taken.includes(name) ? t('problem.taken') : null;
    const delay = values.auto && !isDelay(values.delay)
        ? t('problem.delay', { max: DELAY_MAX }) : null;
    const refused = put.error?.code === 'bad-feed-name' ? text(put.error) : null;

    return {
        values,
        set: (change: Partial<Values>) => {
            put.reset();
            setValues((now) => ({ ...now, ...change }));
        },
        busy: put.isPending,
        nameProblem: tried ? badName ?? refused : null,
        delayProblem: tried ? delay : null,
        error: put.error !== null && refused === null ? text(put.error) : null,
        save: () => {
            setTried(true);
            if (badName !== null || delay !== null) {
                return;
            }
            put.mutate({
                params: {
                    name, auto: values.auto, channel: values.channel,
                    deploy_after: isDelay(values.delay) ? Number(values.delay) : 0
                }
            }, {
                onSuccess: () => {
                    tell(t(feed === null ? 'created' : 'saved', { feed: name }));
                    onClose();
                }
            });
        }
    };
}

type FeedForm = ReturnType<typeof useFeedForm>;

function Help({ id, text, problem }: { id: string; text: string; problem: string | null }) {
    return (
        <FormHelperText>
            <HelperText id={id} isLiveRegion>
                <HelperTextItem variant={problem === null ? 'default' : 'error'}>
                    {problem ?? text}
                </HelperTextItem>
            </HelperText>
        </FormHelperText>
    );
}

function Fields({ form, isNew }: { form: FeedForm; isNew: boolean }) {
    const { t } = useTranslation('feeds');
    const { values, set, nameProblem, delayProblem } = form;
    return (
        <>
            <FormGroup label={t('column.name')} fieldId="feed-name" isRequired={isNew}>
                <TextInput id="feed-name" value={values.name} autoComplete="off"
                    aria-describedby="feed-name-help"
                    {...(!isNew && { readOnlyVariant: 'default' })}
                    validated={nameProblem === null ? 'default' : 'error'}
                    onChange={(_, name) => set({ name })} />
                <Help id="feed-name-help" problem={nameProblem}
                    text={t(isNew ? 'form.nameHelp' : 'form.nameFixed')} />
            </FormGroup>
            <FormGroup role="group" fieldId="feed-auto-group" label={t('column.auto')}>
                <Switch id="feed-auto" label={t('form.auto')} isChecked={values.auto}
                    onChange={(_, auto) => set({ auto })} />
            </FormGroup>
            {values.auto && (
                <FormGroup label={t('form.delay')} fieldId="feed-delay">
                    <TextInput id="feed-delay" value={values.delay} inputMode="numeric"
                        className="ep-short-input" aria-describedby="feed-delay-help"
                        validated={delayProblem === null ? 'default' : 'error'}
                        onChange={(_, delay) => set({ delay })} />
                    <Help id="feed-delay-help" problem={delayProblem}
                        text={t('form.delayHelp')} />
                </FormGroup>
            )}
            <FormGroup role="radiogroup" isStack fieldId="feed-channel"
                label={t('column.channel')}>
                {channels.map((channel) => (
                    <Radio key={channel} id={`channel-${channel}`} name="channel"
                        label={t(`channel.${channel}`)}
                        description={t(`channelHelp.${channel}`)}
                        isChecked={values.channel === channel}
                        onChange={() => set({ channel })} />
                ))}
            </FormGroup>
        </>
    );
}

export function FeedDialog({ feed, taken, onClose }: {
    /** null: a new one */
    feed: Feed | null;
    /** names that there are */
    taken: readonly string[];
    onClose: () => void;
}) {
    const { t } = useTranslation('feeds');
    const form = useFeedForm(feed, taken, onClose);
    return (
        <Dialog variant="medium" onClose={onClose} aria-labelledby="feed-title"
            aria-describedby="feed-body">
            <ModalHeader labelId="feed-title"
                title={feed === null ? t('create.title') : t('edit.title', { feed: feed.name })} />
            <ModalBody id="feed-body">
                <Form id="feed-form" onSubmit={(event) => {
                    event.preventDefault();
                    form.save();
                }}>
                    {form.error !== null && (
                        <Alert isInline component="p" variant="danger" title={form.error} />
                    )}
                    <Fields form={form} isNew={feed === null} />
                </Form>
            </ModalBody>
            <ModalFooter>
                <BusyButton type="submit" form="feed-form" isDisabled={form.busy}
                    isLoading={form.busy}>
                    {t('common:save')}
                </BusyButton>
                <Button variant="link" onClick={onClose}>{t('common:cancel')}</Button>
            </ModalFooter>
        </Dialog>
    );
}
