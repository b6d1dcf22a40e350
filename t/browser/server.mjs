// The page of one server: see servers.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const { OLD, ODD, LONG, MUTE } = process.env;

async function open(page, path, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

await suite(async ({ test }) => {
    await test('SRV-2: one server: what it runs, what it lacks, in words', async (page) => {
        await open(page, `/servers/${OLD}`);
        await page.getByText('Out of date: feed main gives level 2.').waitFor();
        await page.getByText('Level 1', { exact: false }).first().waitFor();
        await page.getByRole('link', { name: 'K20250201_01' }).first().waitFor();
        await axe(page);
        await page.getByRole('button', { name: /^Fixed/ }).click();
        await page.getByRole('textbox', { name: 'Search CVEs' }).fill('no such');
        await axe(page);
        await shots(page, 'server', async () => undefined);
        await page.goto(at(`/servers/${ODD}`));
        await page.getByText('No patches for its kernel').waitFor();
        await page.goto(at(`/servers/${MUTE}`));
        await page.getByText('Its agent has not checked in yet').waitFor();
        await axe(page);
    });

    await test('NEW-TAG-2, TAG-1, TAG-4: tags of the agent and of this portal',
        async (page) => {
            await open(page, `/servers/${OLD}?tab=tags`);
            const tags = page.getByRole('grid', { name: 'Tags' });
            const env = tags.locator('tr').filter({ hasText: 'Agent' })
                .filter({ hasText: 'env' });
            await env.getByText('prod').waitFor();
            await expect(env.getByRole('checkbox')).toBeDisabled();
            await page.getByRole('button', { name: 'Add new tag' }).click();
            await page.getByRole('textbox', { name: 'Tag', exact: true }).fill('a:b');
            await page.getByText('A name has no colon').waitFor();
            await axe(page);
            await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
            await page.getByRole('textbox', { name: 'Tag', exact: true }).fill('role');
            await page.getByRole('textbox', { name: 'Value of role' }).fill('build');
            await page.getByRole('button', { name: 'Save', exact: true }).click();
            await page.getByText('The tags of old.example.com were saved').waitFor();
            await page.getByRole('link', { name: 'role:build' }).waitFor();
            await page.getByRole('tab', { name: 'History' }).click();
            await page.getByRole('gridcell', { name: 'Tags changed' }).first().waitFor();
            await axe(page);
            await page.getByRole('tab', { name: 'Tags' }).click();
            await page.getByRole('checkbox', { name: 'Assign role' }).uncheck();
            await page.getByRole('button', { name: 'Save', exact: true }).click();
            await page.getByText('were saved').last().waitFor();
            await page.getByRole('link', { name: 'role:build' })
                .waitFor({ state: 'detached' });
            await shots(page, 'server-tags', async () => undefined);
        });

    await test('what a hostile agent tells is text', async (page) => {
        const dialogs = [];
        page.on('dialog', (dialog) => { dialogs.push(dialog.message()); });
        await open(page, `/servers/${ODD}?tab=facts`);
        await page.getByRole('heading', { level: 1, name: '<img src=x' }).waitFor();
        await expect(page.locator('#main img')).toHaveCount(0);
        await page.getByText('r'.repeat(120)).first().waitFor();
        await axe(page);
        await page.goto(at(`/servers/${LONG}`));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await shots(page, 'server-long', async () => undefined);
        assert.deepEqual(dialogs, []);
    });

    await test('a server that is not there', async (page) => {
        await open(page, '/servers/nosuchserver0000');
        await page.getByRole('heading', { name: 'There is no such server' }).waitFor();
        await axe(page);
    });

    await test('NEW-TAG-2: who only reads changes nothing', async (page) => {
        await open(page, `/servers/${OLD}?tab=tags`, 'reader');
        await page.getByRole('grid', { name: 'Tags' }).waitFor();
        await expect(page.getByRole('button', { name: /Save|Delete|Move/ })).toHaveCount(0);
        await expect(page.getByRole('tab', { name: 'History' })).toHaveCount(0);
        await axe(page);
    });
});
