// Makes a tag to choose from, or gives one another name.
import { useState } from 'react';
import {
    Alert, Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem,
    ModalBody, ModalFooter, ModalHeader, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { Dialog } from '@/components/Dialog';
import { useErrorText } from '@/components/errors';
import { plain } from '@/components/text';
import { isBadName } from '../server/tags';

export function TagDialog({ tag, onClose }: {
    /** the tag to rename; null: a new one */
    tag: string | null;
    onClose: () => void;
}) {
    const { t } = useTranslation('servers');
    const text = useErrorText();
    const tell = useTell();
    const save = useSend('post', '/admin/api/tags', [
        '/admin/api/tags', '/admin/api/servers', '/admin/api/servers/{id}'
    ]);
    const [name, setName] = useState(tag ?? '');
    const bad = name !== '' && isBadName(name);
    const ready = name.trim() !== '' && !bad && name.trim() !== tag && !save.isPending;

    const submit = () => {
        if (!ready) {
            return;
        }
        const to = name.trim();
        save.mutate({ params: tag === null ? { name: to } : { name: tag, to } }, {
            onSuccess: () => {
                tell(tag === null ? t('tagPage.created', { name: plain(to) })
                    : t('tagPage.renamed', { name: plain(tag), to: plain(to) }));
                onClose();
            }
        });
    };
    return (
        <Dialog variant="small" onClose={onClose} aria-labelledby="tag-title">
            <ModalHeader labelId="tag-title"
                title={tag === null ? t('tagPage.create')
                    : t('tagPage.renameTitle', { name: plain(tag) })} />
            <ModalBody>
                <Form onSubmit={(event) => { event.preventDefault(); submit(); }}>
                    {save.error !== null && (
                        <Alert isInline component="p" variant="danger" title={text(save.error)} />
                    )}
                    <FormGroup label={t('tagPage.name')} fieldId="tag-name" isRequired>
                        <TextInput id="tag-name" value={name} autoFocus dir="auto" isRequired
                            validated={bad ? 'error' : 'default'}
                            onChange={(_, now) => setName(now)} />
                        <FormHelperText>
                            <HelperText>
                                <HelperTextItem variant={bad ? 'error' : 'default'}>
                                    {t(bad ? 'tagsTab.badName'
                                        : tag === null ? 'tagPage.help' : 'tagPage.helpRename')}
                                </HelperTextItem>
                            </HelperText>
                        </FormHelperText>
                    </FormGroup>
                </Form>
            </ModalBody>
            <ModalFooter>
                <BusyButton onClick={submit} isDisabled={!ready} isLoading={save.isPending}>
                    {t(tag === null ? 'tagPage.createDo' : 'tagPage.rename')}
                </BusyButton>
                <Button variant="link" onClick={onClose}>{t('common:cancel')}</Button>
            </ModalFooter>
        </Dialog>
    );
}
