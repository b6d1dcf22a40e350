// The table of users, searched and sorted here: all of them are in one answer.
import {
    EmptyState, EmptyStateBody, Label, Toolbar, ToolbarContent, ToolbarItem
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { SearchIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useMayChange, useSession } from '@/api/session';
import { CsvButton } from '@/components/CsvButton';
import { lines } from '@/components/csv';
import { Pages, pageOf, usePage } from '@/components/Pages';
import { RowMenu, type RowAction } from '@/components/RowMenu';
import { SearchBox } from '@/components/SearchBox';
import { Time } from '@/components/Time';
import { useAddress } from '@/components/useAddress';
import { useSorted } from '@/components/useSorted';
import type { User } from './Users';

type Act = (what: 'edit' | 'password' | 'delete', user: User) => void;

const COLUMNS = ['username', 'description', 'role', 'origin', 'created', 'lastLogin'] as const;
/** What a file of them has, by the API's names. */
const FILE = [
    'username', 'description', 'readonly', 'origin', 'created', 'last_login'
] as const;

function cell(user: User, column: typeof COLUMNS[number]): string {
    switch (column) {
    case 'username': return user.username;
    case 'description': return user.description ?? '';
    case 'role': return user.readonly ? 'readonly' : 'admin';
    case 'origin': return user.origin;
    case 'created': return user.created;
    case 'lastLogin': return user.last_login ?? '';
    }
}

/** Local users have a password here; one's own is changed on one's own page. */
function useActions(onAct: Act): (user: User) => RowAction[] {
    const { t } = useTranslation('users');
    const { session } = useSession();
    const navigate = useNavigate();
    return (user) => {
        const own = user.username === session?.user?.username;
        const actions: RowAction[] = [
            { text: t('common:edit'), onClick: () => onAct('edit', user) }
        ];
        if (user.origin === 'local') {
            actions.push(own
                ? { text: t('ownPassword'), onClick: () => void navigate('/account') }
                : { text: t('resetPassword'), onClick: () => onAct('password', user) });
        }
        if (!own) {
            actions.push({
                text: t('common:confirm.delete'),
                onClick: () => onAct('delete', user),
                danger: true
            });
        }
        return actions;
    };
}

function Row({ user, actions }: { user: User; actions: RowAction[] | null }) {
    const { t } = useTranslation('users');
    const { session } = useSession();
    return (
        <Tr>
            <Td dataLabel={t('column.username')} className="ep-break">
                {user.username}{' '}
                {user.username === session?.user?.username && (
                    <Label isCompact variant="outline">{t('you')}</Label>
                )}
            </Td>
            <Td dataLabel={t('column.description')} className="ep-break">{user.description}</Td>
            <Td dataLabel={t('column.role')}>
                <Label isCompact color={user.readonly ? 'grey' : 'blue'}>
                    {t(user.readonly ? 'common:user.readonly' : 'common:user.admin')}
                </Label>
            </Td>
            <Td dataLabel={t('column.origin')}>{t(`origin.${user.origin}`)}</Td>
            <Td dataLabel={t('column.created')}><Time value={user.created} /></Td>
            <Td dataLabel={t('column.lastLogin')}><Time value={user.last_login} relative /></Td>
            {actions !== null && (
                <Td isActionCell>
                    <RowMenu label={t('common:actions', { name: user.username })}
                        actions={actions} />
                </Td>
            )}
        </Tr>
    );
}

export function UsersTable({ users, onAct }: { users: User[]; onAct: Act }) {
    const { t } = useTranslation('users');
    const { params, change } = useAddress();
    const mayChange = useMayChange();
    const actions = useActions(onAct);
    const search = (params.get('search') ?? '').toLowerCase();
    const found = users.filter(({ username, description }) =>
        `${username}\n${description ?? ''}`.toLowerCase().includes(search));
    const { rows, sort } = useSorted(found, COLUMNS, cell);
    const page = usePage(found.length);

    return (
        <>
            <Toolbar>
                <ToolbarContent>
                    <ToolbarItem>
                        <SearchBox label={t('search')} value={params.get('search') ?? ''}
                            onChange={(value) => change({ search: value })} />
                    </ToolbarItem>
                    <ToolbarItem>
                        <CsvButton name="users" empty={rows.length === 0}
                            table={() => lines(rows, FILE)} />
                    </ToolbarItem>
                    <ToolbarItem variant="pagination">
                        <Pages count={found.length} />
                    </ToolbarItem>
                </ToolbarContent>
            </Toolbar>
            <Table aria-label={t('title')} variant="compact">
                <Thead>
                    <Tr>
                        {COLUMNS.map((column, index) => (
                            <Th key={column} sort={sort(index)} modifier="nowrap">
                                {t(`column.${column}`)}
                            </Th>
                        ))}
                        {mayChange && <Th screenReaderText={t('column.actions')} />}
                    </Tr>
                </Thead>
                <Tbody>
                    {pageOf(rows, page).map((user) => (
                        <Row key={user.id} user={user}
                            actions={mayChange ? actions(user) : null} />
                    ))}
                </Tbody>
            </Table>
            {found.length > page.size && <Pages count={found.length} variant="bottom" />}
            {found.length === 0 && (
                <EmptyState headingLevel="h2" icon={SearchIcon} variant="sm"
                    titleText={t('nothing.title')}>
                    <EmptyStateBody>{t('nothing.body')}</EmptyStateBody>
                </EmptyState>
            )}
        </>
    );
}
