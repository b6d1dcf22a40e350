// A new password for somebody else. His sessions end with the old one.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { useTell } from '@/app/notices';
import { FormDialog } from '@/components/FormDialog';
import { NewPassword, useLongEnough } from './NewPassword';
import type { User } from './Users';

export function ResetPassword({ user, onClose }: { user: User; onClose: () => void }) {
    const { t } = useTranslation('users');
    const tell = useTell();
    const save = useSend('post', '/admin/api/users', ['/admin/api/sessions']);
    const [password, setPassword] = useState('');
    const longEnough = useLongEnough(password);

    return (
        <FormDialog title={t('reset.title', { name: user.username })}
            description={t('reset.description')} action={t('resetPassword')}
            ready={longEnough} busy={save.isPending} error={save.error} onClose={onClose}
            onSubmit={() => save.mutate({ params: { username: user.username, password } }, {
                onSuccess: () => {
                    tell(t('told.reset', { name: user.username }));
                    onClose();
                }
            })}>
            <NewPassword id="reset-password" label={t('password.new')} value={password}
                onChange={setPassword} />
        </FormDialog>
    );
}
