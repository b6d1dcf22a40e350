// Moves servers under another key.
import { useState } from 'react';
import {
    FormGroup, FormHelperText, HelperText, HelperTextItem
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { Suggest } from '@/components/Suggest';
import { ChangeDialog } from './ChangeDialog';
import { useBulk, type BulkTarget } from './useBulk';

export function MoveDialog({ target, onClose, onDone }: {
    target: BulkTarget;
    onClose: () => void;
    onDone: () => void;
}) {
    const { t } = useTranslation('servers');
    const tell = useTell();
    const bulk = useBulk(target);
    const keys = useApi('/admin/api/keys');
    const [key, setKey] = useState('');
    const chosen = keys.data?.result.find((one) => one.key === key);
    const offers = (keys.data?.result ?? []).map(({ key: value, note, feed }) => ({
        value, description: note === null ? feed : `${note} · ${feed}`
    }));
    const confirm = async () => {
        const changed = await bulk.run('move', { to_key: key });
        if (changed !== null) {
            tell(t('move.done', { count: changed, key }));
            onDone();
        }
    };
    return (
        <ChangeDialog title={t('move.title')} target={target} bulk={bulk}
            description={t('move.body', { count: target.count })} action={t('move.action')}
            ready={chosen !== undefined} onConfirm={() => void confirm()} onClose={onClose}>
            <FormGroup label={t('attribute.key')} fieldId="move-key">
                <Suggest id="move-key" label={t('attribute.key')} value={key} offers={offers}
                    onChange={setKey} onEnter={() => {
                        if (chosen !== undefined && !bulk.running) {
                            void confirm();
                        }
                    }} />
                <FormHelperText>
                    <HelperText>
                        <HelperTextItem>
                            {chosen === undefined ? t('move.help')
                                : t('move.feed', { feed: chosen.feed })}
                        </HelperTextItem>
                    </HelperText>
                </FormHelperText>
            </FormGroup>
        </ChangeDialog>
    );
}
