// What is filtered, as a file: a plain link, so that the browser saves it.
import { useState } from 'react';
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { queryString } from '@/api/client';
import { useAuditAddress } from './address';

export function AuditExport() {
    const { t } = useTranslation('operations');
    const { filters } = useAuditAddress();
    const [open, setOpen] = useState(false);
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} onSelect={() => setOpen(false)}
            popperProps={{ position: 'end', appendTo: 'inline' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}>
                    {t('audit.export')}
                </MenuToggle>
            )}>
            <DropdownList>
                {(['csv', 'json'] as const).map((format) => (
                    <DropdownItem key={format} download={`audit.${format}`}
                        to={`/admin/api/audit/export${queryString({ ...filters, format })}`}>
                        {t(`audit.as.${format}`)}
                    </DropdownItem>
                ))}
            </DropdownList>
        </Dropdown>
    );
}
