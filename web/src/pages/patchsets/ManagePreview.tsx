// The second step of the Manage dialog: what will change, feed by feed in
// numbers and then patchset by patchset.
import {
    DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import { Message } from '@/components/Message';
import type { Feed } from './matrix';
import type { Call, Change } from './manage';

/** More are counted and not listed. */
const LISTED = 200;
const results = ['enabled', 'disabled', 'undeployed'] as const;

function useWords() {
    const { t } = useTranslation('patchsets');
    const wait = ({ action }: Change) =>
        t(action === 'enable-upto' ? 'preview.waitsUpto' : 'preview.waits');
    return {
        wait,
        /** "Undeployed → Enabled" */
        change: (one: Change) => one.waits ? wait(one) : t('preview.fromTo', {
            from: t(`state.${one.from}`), to: t(`state.${one.to}`)
        })
    };
}

/** A feed's changes in a sentence or two. */
function Summary({ changes }: { changes: readonly Change[] }) {
    const { t } = useTranslation('patchsets');
    const words = useWords();
    if (changes.length === 0) {
        return t('preview.unchanged');
    }
    const waiting = changes.find(({ waits }) => waits);
    return (
        <>
            {results.map((to) => {
                const count = changes.filter((one) => !one.waits && one.to === to).length;
                return count > 0 && <div key={to}>{t(`preview.${to}`, { count })}</div>;
            })}
            {waiting !== undefined && <div>{words.wait(waiting)}</div>}
        </>
    );
}

export function ManagePreview({ calls, changes, feeds }: {
    calls: readonly Call[];
    changes: readonly Change[];
    /** all, for their numbers of servers */
    feeds: readonly Feed[];
}) {
    const { t } = useTranslation('patchsets');
    const words = useWords();
    const asked = calls.flatMap((call) => call.feeds);
    if (changes.length === 0) {
        return <Message variant="info" title={t('preview.nothing')} live />;
    }
    return (
        <div className="ep-stack">
            <DescriptionList isHorizontal isCompact>
                {feeds.filter(({ name }) => asked.includes(name)).map(({ name, servers }) => (
                    <DescriptionListGroup key={name}>
                        <DescriptionListTerm>
                            <bdi className="ep-break">{name}</bdi>
                            <div className="ep-subtle">
                                {t('servers.count', { count: servers })}
                            </div>
                        </DescriptionListTerm>
                        <DescriptionListDescription>
                            <Summary changes={changes.filter(({ feed }) => feed === name)} />
                        </DescriptionListDescription>
                    </DescriptionListGroup>
                ))}
            </DescriptionList>
            <Table variant="compact" className="ep-manage-table" aria-label={t('preview.table')}
                gridBreakPoint="">
                <Thead>
                    <Tr>
                        <Th>{t('column.feed')}</Th>
                        <Th>{t('column.patchset')}</Th>
                        <Th>{t('column.change')}</Th>
                    </Tr>
                </Thead>
                <Tbody>
                    {changes.slice(0, LISTED).map((one) => (
                        <Tr key={`${one.feed} ${one.patchset}`}>
                            <Td><bdi className="ep-break">{one.feed}</bdi></Td>
                            <Td className="ep-break">{one.patchset}</Td>
                            <Td>{words.change(one)}</Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
            {changes.length > LISTED && (
                <p>{t('preview.more', { count: changes.length - LISTED })}</p>
            )}
        </div>
    );
}
