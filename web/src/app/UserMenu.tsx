// Who is logged in, and what he may do about it.
import { useState } from 'react';
import {
    Button, Divider, Dropdown, DropdownItem, DropdownList, MenuToggle
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { ApiError, send } from '@/api/client';
import { tellTabs, useSession } from '@/api/session';
import { useErrorText } from '@/components/errors';
import { useTell } from './notices';

/**
 * End the session here, and at the provider when one signed in there. The page
 * is loaded anew, so that nothing of what was seen stays in memory.
 */
function useLogout() {
    const tell = useTell();
    const text = useErrorText();
    return async () => {
        try {
            const { result } = await send('post', '/admin/sso/logout');
            tellTabs();
            window.location.assign(result.logout_url ?? '/admin/login');
        } catch (error) {
            tell(error instanceof ApiError ? text(error) : String(error), 'danger');
        }
    };
}

export function UserMenu() {
    const { t } = useTranslation();
    const { session } = useSession();
    const [open, setOpen] = useState(false);
    const navigate = useNavigate();
    const logout = useLogout();

    if (session?.user == null) {
        return session === undefined ? null : (
            <Button onClick={() => void navigate('/login')}>
                {t('user.login')}
            </Button>
        );
    }
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} onSelect={() => setOpen(false)}
            popperProps={{ position: 'end', appendTo: 'inline' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="plainText" isExpanded={open}
                    onClick={() => setOpen(!open)}>
                    <span className="ep-user">{session.user?.username}</span>
                </MenuToggle>
            )}>
            <DropdownList>
                <DropdownItem isAriaDisabled description={session.user.username}>
                    {t(session.user.readonly ? 'user.readonly' : 'user.admin')}
                </DropdownItem>
                <Divider component="li" />
                <DropdownItem onClick={() => void navigate('/account')}>
                    {t('user.account')}
                </DropdownItem>
                <DropdownItem onClick={() => void logout()}>{t('user.logout')}</DropdownItem>
            </DropdownList>
        </Dropdown>
    );
}
