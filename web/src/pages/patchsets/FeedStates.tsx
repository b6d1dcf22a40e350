// The state of one patchset in every feed, with the servers that run it.
import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { number } from '@/components/format';
import { serversLink } from '@/components/serversLink';
import type { Row } from './matrix';
import { StateLabel } from './StateLabel';
import { stateOf } from './states';

export function FeedStates({ row: { patchset, feeds } }: { row: Row }) {
    const { t, i18n } = useTranslation('patchset');
    return (
        <Card>
            <CardTitle component="h2">{t('feeds.title')}</CardTitle>
            <CardBody>
                <Table variant="compact" gridBreakPoint="" aria-label={t('feeds.title')}>
                    <Thead>
                        <Tr>
                            <Th modifier="nowrap">{t('feeds.feed')}</Th>
                            <Th modifier="nowrap">{t('feeds.state')}</Th>
                            <Th modifier="nowrap">{t('feeds.servers')}</Th>
                        </Tr>
                    </Thead>
                    <Tbody>
                        {feeds.map((cell) => (
                            <Tr key={cell.feed}>
                                <Th scope="row" className="ep-break">{cell.feed}</Th>
                                <Td>
                                    <StateLabel state={stateOf(cell)} />
                                    <div className="ep-subtle ep-break">
                                        {t(`patchsets:meaning.${stateOf(cell)}`)}
                                    </div>
                                </Td>
                                <Td>
                                    {cell.servers === 0 ? 0 : (
                                        <Link to={serversLink({ feed: cell.feed, patchset })}
                                            aria-label={t('feeds.usage', {
                                                count: cell.servers, name: patchset,
                                                feed: cell.feed
                                            })}>
                                            {number(cell.servers, i18n.language)}
                                        </Link>
                                    )}
                                </Td>
                            </Tr>
                        ))}
                    </Tbody>
                </Table>
            </CardBody>
        </Card>
    );
}
