// What can be done with one server of the list.
import { useState } from 'react';
import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { EllipsisVIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { inMain } from '@/components/popper';
import type { BulkAction, BulkTarget } from '../bulk/useBulk';
import { nameOf, serverLink, type Server } from '../server/server';

export function RowMenu({ server, mayChange, onAct }: {
    server: Server;
    mayChange: boolean;
    onAct: (action: BulkAction, target: BulkTarget) => void;
}) {
    const { t } = useTranslation('servers');
    const navigate = useNavigate();
    const [open, setOpen] = useState(false);
    const name = nameOf(server);
    const act = (action: BulkAction) => onAct(action, { count: 1, name, ids: [server.id] });
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} onSelect={() => setOpen(false)}
            popperProps={{ ...inMain, position: 'end' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="plain" isExpanded={open} icon={<EllipsisVIcon />}
                    aria-label={t('row.actions', { name })} onClick={() => setOpen(!open)} />
            )}>
            <DropdownList>
                <DropdownItem onClick={() => void navigate(serverLink(server.id))}>
                    {t('row.view')}
                </DropdownItem>
                {mayChange && (
                    <>
                        <DropdownItem
                            onClick={() => void navigate(serverLink(server.id, 'tags'))}>
                            {t('row.tags')}
                        </DropdownItem>
                        <DropdownItem onClick={() => act('move')}>{t('bulk.move')}</DropdownItem>
                        <Divider component="li" />
                        <DropdownItem isDanger onClick={() => act('delete')}>
                            {t('bulk.delete')}
                        </DropdownItem>
                    </>
                )}
            </DropdownList>
        </Dropdown>
    );
}
