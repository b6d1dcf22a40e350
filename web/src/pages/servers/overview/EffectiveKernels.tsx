// Every effective kernel that the selected servers run (NEW-OVW-6).
import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { pageOf, Pages, usePage } from '@/components/Pages';
import { serversLink } from '@/components/serversLink';
import type { Filter } from '../filter/filter';
import type { Group } from './parts';

export function EffectiveKernels({ groups, filter }: { groups: Group[]; filter: Filter }) {
    const { t, i18n } = useTranslation('overview');
    const page = usePage(groups.length);
    const number = new Intl.NumberFormat(i18n.language);
    const head = {
        name: t('table.euname'), total: t('table.total'), active: t('table.active'),
        silent: t('table.silent')
    };
    return (
        <Card isCompact component="section">
            <CardTitle component="h2">{t('effective', { count: groups.length })}</CardTitle>
            <CardBody>
                <Table variant="compact" aria-label={t('table.euname')}
                    gridBreakPoint="grid-md">
                    <Thead>
                        <Tr>
                            <Th width={50}>{head.name}</Th>
                            <Th className="ep-number">{head.total}</Th>
                            <Th className="ep-number">{head.active}</Th>
                            <Th className="ep-number">{head.silent}</Th>
                        </Tr>
                    </Thead>
                    <Tbody>
                        {pageOf(groups, page).map(({ name, total, active, silent }) => (
                            <Tr key={name}>
                                <Td dataLabel={head.name}>
                                    <Link to={serversLink({ ...filter, euname: name })}
                                        className="ep-break">
                                        <bdi>{name === 'unknown' ? t('unknown') : name}</bdi>
                                    </Link>
                                </Td>
                                <Td dataLabel={head.total} className="ep-number">
                                    {number.format(total)}
                                </Td>
                                <Td dataLabel={head.active} className="ep-number">
                                    {number.format(active)}
                                </Td>
                                <Td dataLabel={head.silent} className="ep-number">
                                    {number.format(silent)}
                                </Td>
                            </Tr>
                        ))}
                    </Tbody>
                </Table>
                {groups.length > page.size && (
                    <Pages count={groups.length} variant="bottom" />
                )}
            </CardBody>
        </Card>
    );
}
