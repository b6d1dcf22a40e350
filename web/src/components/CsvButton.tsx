// Takes a list away that is here as a whole, as it is filtered and sorted, all
// pages of it. Lists that the portal cuts into pages are exported by the portal.
import { Button } from '@patternfly/react-core';
import { DownloadIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { csv, type Cell } from './csv';

/** Long enough for any browser to have begun to save it. */
const KEPT = 60_000; // milliseconds

function save(name: string, text: string) {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

export function CsvButton({ name, table, empty }: {
    /** of the file, without its end */
    name: string;
    /** there are no rows */
    empty: boolean;
    /** the head and the rows, when somebody asks */
    table: () => Cell[][];
}) {
    const { t } = useTranslation();
    return (
        <Button variant="secondary" icon={<DownloadIcon />} isDisabled={empty}
            onClick={() => save(`${name}.csv`, csv(table()))}>
            {t('csv')}
        </Button>
    );
}
