// Adds tags to many servers, replaces those that this portal gave them, or
// takes some away.
import { useState } from 'react';
import {
    FormGroup, FormHelperText, HelperText, HelperTextItem
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { Suggest } from '@/components/Suggest';
import { tagsOf } from '../server/server';
import { TagLabels } from '../server/TagLabels';
import { ChangeDialog } from './ChangeDialog';
import { useBulk, type BulkTarget } from './useBulk';

export type TagsAction = 'add-tags' | 'set-tags' | 'remove-tags';

export function TagsDialog({ action, target, onClose, onDone }: {
    action: TagsAction;
    target: BulkTarget;
    onClose: () => void;
    onDone: () => void;
}) {
    const { t } = useTranslation('servers');
    const tell = useTell();
    const bulk = useBulk(target);
    const known = useApi('/admin/api/tags');
    const [text, setText] = useState('');
    const tags = tagsOf({ tags: text });
    // Offers go on where the tags that stand there end.
    const start = text.slice(0, text.lastIndexOf(';') + 1);
    const offers = (known.data?.result ?? []).map(({ name }) => ({ value: start + name }));

    const confirm = async () => {
        const changed = await bulk.run(action, { tags: tags.join(';') });
        if (changed !== null) {
            tell(t(`tags.${action}.done`, { count: changed }));
            onDone();
        }
    };
    return (
        <ChangeDialog title={t(`tags.${action}.title`)} target={target} bulk={bulk}
            description={t(`tags.${action}.body`, { count: target.count })}
            action={t(`tags.${action}.action`)}
            ready={tags.length > 0 || action === 'set-tags'}
            onConfirm={() => void confirm()} onClose={onClose}>
            <FormGroup label={t('tags.field')} fieldId="bulk-tags">
                <Suggest id="bulk-tags" label={t('tags.field')} value={text} offers={offers}
                    onChange={setText} onEnter={() => {
                        if (tags.length > 0 && !bulk.running) {
                            void confirm();
                        }
                    }} />
                <FormHelperText>
                    <HelperText>
                        <HelperTextItem>
                            {t(action === 'remove-tags' ? 'tags.helpRemove' : 'tags.help')}
                        </HelperTextItem>
                    </HelperText>
                </FormHelperText>
            </FormGroup>
            {tags.length > 0 && <TagLabels tags={tags} shown={10} plain />}
        </ChangeDialog>
    );
}
