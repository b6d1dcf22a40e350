// The whole list, as the filter has it, to take away.
import { useState } from 'react';
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { queryString } from '@/api/client';
import { inMain } from '@/components/popper';
import type { Filter } from '../filter/filter';

const formats = ['csv', 'json'] as const;

export function ExportMenu({ filter, count }: { filter: Filter; count: number | undefined }) {
    const { t } = useTranslation('servers');
    const [open, setOpen] = useState(false);
    return (
        <Dropdown isOpen={open} onOpenChange={setOpen} popperProps={{ ...inMain, position: 'end' }}
            onSelect={() => setOpen(false)}
            toggle={(ref) => (
                <MenuToggle ref={ref} isExpanded={open} isDisabled={count === 0}
                    onClick={() => setOpen(!open)}>
                    {t('export.menu')}
                </MenuToggle>
            )}>
            <DropdownList>
                {formats.map((format) => (
                    <DropdownItem key={format} download={`servers.${format}`}
                        to={`/admin/api/servers/export${queryString({ ...filter, format })}`}
                        description={count === undefined ? undefined
                            : t('count', { count })}>
                        {t(`export.${format}`)}
                    </DropdownItem>
                ))}
            </DropdownList>
        </Dropdown>
    );
}
