// The page of server tags: see tags.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const ids = process.env.IDS.split(' ');

async function open(page, path, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

const row = (page, name) => page.locator('#main table tbody tr')
    .filter({ has: page.getByText(name, { exact: true }) });

/** What an agent does: kcarectl --tag. */
async function tagAsAgent(page, id, tags) {
    const query = new URLSearchParams({ server_id: id, tag: tags });
    const answer = await page.request.get(
        `${new URL(process.env.BASE).origin}/admin/api/kcare/tag_server.json?${query}`);
    assert.equal(answer.status(), 200);
}

await suite(async ({ test }) => {
    await test('NEW-TAG-1: no tags yet, and how to have some', async (page) => {
        await open(page, '/tags');
        await page.getByRole('heading', { name: 'There are no tags yet' }).waitFor();
        await page.getByText('kcarectl --tag').waitFor();
        await axe(page);
        await shots(page, 'tags-none', async () => undefined);
    });

    await test('NEW-TAG-1: a tag is made, and found by the search', async (page) => {
        await open(page, '/tags');
        await page.getByRole('button', { name: 'Create tag' }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox').fill('a:b');
        await dialog.getByText('A name has no colon').waitFor();
        await expect(dialog.getByRole('button', { name: 'Create' })).toBeDisabled();
        await axe(page);
        for (const name of ['rack', 'env']) {
            await dialog.getByRole('textbox').fill(name);
            await page.keyboard.press('Enter');
            await page.getByText(`The tag ${name} was created`).waitFor();
            await page.getByRole('button', { name: 'Create tag' }).click();
        }
        await dialog.getByRole('textbox').fill('rack');
        await page.keyboard.press('Enter');
        await dialog.getByText(/exists|already/).waitFor();
        await axe(page);
        await page.keyboard.press('Escape');
        await row(page, 'rack').getByRole('link', { name: '0 servers with rack' }).waitFor();
        await page.getByRole('textbox', { name: 'Search tags' }).fill('en');
        await row(page, 'rack').waitFor({ state: 'detached' });
        assert.match(page.url(), /search=en/);
        await page.getByRole('textbox', { name: 'Search tags' }).fill('xyz');
        await page.getByRole('heading', { name: 'No tag matches' }).waitFor();
        await axe(page);
    });

    await test('NEW-TAG-1: its servers, a click away', async (page) => {
        await open(page, '/tags');
        for (const id of ids) {
            await tagAsAgent(page, id, 'os:linux');
        }
        await tagAsAgent(page, ids[0], 'os:linux;<b>bold</b>');
        await page.reload();
        await page.getByRole('columnheader', { name: 'Number of servers' })
            .getByRole('button').click();
        await page.waitForURL(/sort=servers/);
        await row(page, 'os').getByRole('link', { name: '12 servers with os' }).waitFor();
        await row(page, '<b>bold</b>').waitFor();
        await axe(page);
        await shots(page, 'tags', () => row(page, 'os').waitFor());
        await row(page, 'os').getByRole('link').click();
        await page.waitForURL(/\/servers\?tag=os$/);
        await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
    });

    await test('NEW-TAG-1, NEW-TAG-2: this portal\'s tag is renamed and deleted',
        async (page) => {
            await open(page, `/servers/${ids[1]}?tab=tags`);
            await page.getByRole('checkbox', { name: 'Assign rack' }).check();
            await page.getByRole('textbox', { name: 'Value of rack' }).fill('7');
            await page.getByRole('button', { name: 'Save', exact: true }).click();
            await page.getByText('were saved').waitFor();
            await page.goto(at('/tags'));
            await row(page, 'rack').getByRole('button', { name: 'Rename rack' }).click();
            await page.getByRole('dialog').getByRole('textbox').fill('shelf/1');
            await page.keyboard.press('Enter');
            await page.getByText('The tag rack is shelf/1 now').waitFor();
            await row(page, 'shelf/1').getByRole('link', { name: '1 server with shelf/1' })
                .waitFor();
            await row(page, 'shelf/1').getByRole('button', { name: 'Delete shelf/1' }).click();
            const dialog = page.getByRole('dialog');
            await dialog.getByText('1 server loses it').waitFor();
            await axe(page);
            await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
            await page.getByText('The tag shelf/1 was deleted').waitFor();
            await row(page, 'shelf/1').waitFor({ state: 'detached' });
        });

    await test('NEW-TAG-1: a tag of many servers is deleted by its typed name',
        async (page) => {
            await open(page, '/tags');
            for (const id of ids) {
                const answer = await page.evaluate(async (server_id) => {
                    const session = await (await fetch('/admin/api/session')).json();
                    return (await fetch('/admin/api/set_tags', {
                        method: 'POST',
                        headers: {
                            'Content-Type': 'application/json',
                            'X-CSRF-Token': session.result.csrf
                        },
                        body: JSON.stringify({ server_id, tags: 'many' })
                    })).status;
                }, id);
                assert.equal(answer, 200);
            }
            await page.reload();
            await row(page, 'many').getByRole('button', { name: 'Delete many' }).click();
            const dialog = page.getByRole('dialog');
            await dialog.getByText('12 servers lose it').waitFor();
            const button = dialog.getByRole('button', { name: 'Delete', exact: true });
            await expect(button).toBeDisabled();
            await dialog.getByRole('textbox').fill('many');
            await button.click();
            await page.getByText('The tag many was deleted').waitFor();
        });

    await test('NEW-TAG-1: who only reads sees no actions', async (page) => {
        await open(page, '/tags', 'reader');
        await row(page, 'os').waitFor();
        await expect(page.getByRole('button', { name: /Create|Rename|Delete/ })).toHaveCount(0);
        await axe(page);
    });
});
