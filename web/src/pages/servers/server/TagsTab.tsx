// The tags of a server: those its agent tells, which are only shown, and those
// of this portal, to assign, take away and make (NEW-TAG-2).
import { useState } from 'react';
import { ActionGroup, Alert, Button, Form, SearchInput } from '@patternfly/react-core';
import { PlusCircleIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useApi, useSend } from '@/api/hooks';
import { useMayChange } from '@/api/session';
import { useTell } from '@/app/notices';
import { BusyButton } from '@/components/BusyButton';
import { useErrorText } from '@/components/errors';
import { plain } from '@/components/text';
import { nameOf, type OneServer } from './server';
import { formatTags, isBadName, isBadValue, tagRows, type TagRow } from './tags';
import { TagTable } from './TagTable';

/** So many tags that the server has not are listed; the search finds others. */
const SHOWN = 50;

export function TagsTab({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const text = useErrorText();
    const tell = useTell();
    const mayChange = useMayChange();
    const known = useApi('/admin/api/tags');
    const save = useSend('post', '/admin/api/set_tags', [
        '/admin/api/servers', '/admin/api/servers/{id}', '/admin/api/tags'
    ]);
    const [draft, setDraft] = useState<TagRow[] | null>(null);
    const [search, setSearch] = useState('');

    const told = new Set(server.agent_tags.map(({ name }) => name));
    const names = (known.data?.result ?? []).map(({ name }) => name)
        .filter((name) => !told.has(name));
    const rows = draft ?? tagRows(server.portal_tags, mayChange ? names : []);
    const part = search.trim().toLowerCase();
    const shown = rows.map((row, index) => ({ row, index }))
        .filter(({ row }) => row.isNew === true || row.name.toLowerCase().includes(part)
            || row.value.toLowerCase().includes(part))
        .filter(({ row }, i) => row.assigned || i < SHOWN);
    const assigned = rows.filter((row) => row.assigned);
    const bad = assigned.some(({ name, value }) => isBadName(name) || isBadValue(value));
    const change = (index: number, part: Partial<TagRow>) => setDraft(
        rows.map((row, i) => (i === index ? { ...row, ...part } : row)));

    const submit = () => save.mutate(
        { params: { server_id: server.id, tags: formatTags(rows) } },
        {
            onSuccess: () => {
                setDraft(null);
                tell(t('tagsTab.saved', { name: plain(nameOf(server)) }));
            }
        }
    );
    return (
        <Form onSubmit={(event) => {
            event.preventDefault();
            if (draft !== null && !bad) {
                submit();
            }
        }}>
            {rows.length > 10 && (
                <SearchInput value={search} aria-label={t('tagsTab.search')}
                    placeholder={t('tagsTab.search')} className="ep-narrow"
                    resetButtonLabel={t('common:filter.clearSearch')}
                    onChange={(_, now) => setSearch(now)} onClear={() => setSearch('')} />
            )}
            <TagTable agent={server.agent_tags} rows={shown} mayChange={mayChange}
                onChange={change} />
            {save.error !== null && (
                <Alert isInline component="p" variant="danger" title={text(save.error)} />
            )}
            {mayChange && (
                <ActionGroup>
                    <BusyButton type="submit" isDisabled={draft === null || bad || save.isPending}
                        isLoading={save.isPending}>
                        {t('common:save')}
                    </BusyButton>
                    <Button variant="secondary" icon={<PlusCircleIcon />}
                        onClick={() => setDraft([
                            ...rows, { name: '', value: '', assigned: true, isNew: true }
                        ])}>
                        {t('tagsTab.add')}
                    </Button>
                    {draft !== null && (
                        <Button variant="link" onClick={() => setDraft(null)}>
                            {t('common:cancel')}
                        </Button>
                    )}
                </ActionGroup>
            )}
        </Form>
    );
}
