// The first step of the Manage dialog: what to do in each feed.
import { Button, Flex, Radio } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { Cell } from './matrix';
import { actions, mayDo, refusalOf, type Action, type Choice, type Choices } from './manage';
import { StateLabel } from './StateLabel';
import { stateOf } from './states';

const choicesOfAll: Choice[] = ['nothing', ...actions];

function Radios({ cell, at, chosen, disabled, onChoose }: {
    cell: Cell;
    /** tells the groups of feeds apart */
    at: number;
    chosen: Choice;
    disabled: boolean;
    onChoose: (choice: Choice) => void;
}) {
    const { t } = useTranslation('patchsets');
    const refusal = refusalOf(cell);
    const may = mayDo(cell);
    const state = stateOf(cell);
    const hint = state === 'enabled-warning' || state === 'not-downloaded' ? state : null;
    if (refusal !== null) {
        return <span className="ep-subtle">{t(`manage.${refusal}`)}</span>;
    }
    return (
        <>
            <div role="radiogroup" className="ep-manage-radios"
                aria-label={t('manage.group', { feed: cell.feed })}>
                {choicesOfAll.map((choice) => (
                    <Radio key={choice} id={`manage-${at}-${choice}`} name={`manage-${at}`}
                        label={t(`action.${choice}`)} isChecked={choice === chosen}
                        isDisabled={disabled || (choice !== 'nothing' && !may.includes(choice))}
                        onChange={() => onChoose(choice)} />
                ))}
            </div>
            {hint !== null && <div className="ep-subtle">{t(`manage.${hint}`)}</div>}
        </>
    );
}

export function ManageFeeds({ cells, choices, disabled, label, onChange }: {
    cells: readonly Cell[];
    choices: Choices;
    disabled: boolean;
    label: string;
    onChange: (choices: Choices) => void;
}) {
    const { t } = useTranslation('patchsets');
    const open = cells.some((cell) => refusalOf(cell) === null);
    const chooseAll = (action: Action) => onChange(Object.fromEntries(cells
        .filter((cell) => mayDo(cell).includes(action)).map(({ feed }) => [feed, action])));
    return (
        <>
            {open && (
                <Flex spaceItems={{ default: 'spaceItemsSm' }}>
                    <Button variant="secondary" size="sm" isDisabled={disabled}
                        onClick={() => chooseAll('disable')}>
                        {t('manage.disableAll')}
                    </Button>
                    <Button variant="secondary" size="sm" isDisabled={disabled}
                        onClick={() => chooseAll('enable')}>
                        {t('manage.enableAll')}
                    </Button>
                </Flex>
            )}
            <Table variant="compact" className="ep-manage-table" aria-label={label}
                gridBreakPoint="grid-md">
                <Thead>
                    <Tr>
                        <Th width={25}>{t('column.feed')}</Th>
                        <Th>{t('column.actions')}</Th>
                    </Tr>
                </Thead>
                <Tbody>
                    {cells.map((cell, at) => (
                        <Tr key={cell.feed}>
                            <Td dataLabel={t('column.feed')}>
                                <div className="ep-manage-feed">
                                    <bdi className="ep-break ep-strong">{cell.feed}</bdi>
                                    <span><StateLabel state={stateOf(cell)} /></span>
                                </div>
                            </Td>
                            <Td dataLabel={t('column.actions')}>
                                <Radios cell={cell} at={at} disabled={disabled}
                                    chosen={choices[cell.feed] ?? 'nothing'}
                                    onChoose={(choice) => onChange(
                                        { ...choices, [cell.feed]: choice })} />
                            </Td>
                        </Tr>
                    ))}
                </Tbody>
            </Table>
        </>
    );
}
