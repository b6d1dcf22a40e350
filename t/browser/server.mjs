// The page of one server: see servers.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const { OLD, ODD, LONG, MUTE, LEAVES } = process.env;

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

    await test('SRV-2: its kernel, and the CVEs that are fixed, missing and not to be had',
        async (page) => {
            await open(page, `/servers/${OLD}`);
            await page.getByText('6.8.0-55', { exact: true }).waitFor();
            await page.getByText('6.8.0-31-generic', { exact: true }).waitFor();
            const cves = page.getByRole('list', { name: /^(Missing|Fixed|Not in its feed)/ })
                .getByRole('listitem');
            await page.getByRole('button', { name: 'Missing (2)' }).click();
            await expect(cves).toHaveText(['CVE-2025-0001', 'CVE-2025-0002']);
            await page.getByRole('button', { name: 'Not in its feed (1)' }).click();
            await expect(cves).toHaveText(['CVE-2025-1001']);
            await page.getByRole('button', { name: 'Fixed (100)' }).click();
            await expect(cves).toHaveCount(60);
            await expect(cves.first()).toHaveText('CVE-2024-0001');
            await page.getByRole('button', { name: 'Show more (40 left)' }).click();
            await expect(cves).toHaveCount(100);
            await expect(page.getByRole('button', { name: /^Show more/ })).toHaveCount(0);
        });

    await test('times are of the browser\'s zone, and UTC when one points at them',
        async (page) => {
            await open(page, `/servers/${OLD}?tab=facts`);
            const time = page.locator('dd time').first();
            const moment = await time.getAttribute('datetime');
            const local = new Date(moment).toLocaleString('en', {
                dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo'
            });
            await expect(time).toHaveText(local);
            const tip = page.getByRole('tooltip');
            const utc = `${moment.slice(0, 19).replace('T', ' ')} UTC`;
            await time.hover();
            await expect(tip).toHaveText(utc);
            await axe(page);
            await page.mouse.move(0, 0);
            await expect(tip).toHaveCount(0);
            await time.focus();
            await expect(tip).toHaveText(utc);
        });

    await test('W-16, SRV-3: one server gets another key, and is deleted', async (page) => {
        await open(page, `/servers/${LEAVES}?tab=facts`);
        const dialog = page.getByRole('dialog');
        await page.getByRole('button', { name: 'Move to another key' }).click();
        await dialog.getByRole('combobox').fill('late');
        await dialog.getByText('Gets the patches of feed slow').waitFor();
        await axe(page);
        await dialog.getByRole('button', { name: 'Move', exact: true }).click();
        await page.getByText('1 server was moved to late').waitFor();
        await expect(page.locator('dd').filter({ hasText: /^late$/ })).toBeVisible();
        await page.getByRole('button', { name: 'Delete', exact: true }).click();
        await dialog.getByText('Delete leaves.example.com?').waitFor();
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await expect(dialog).toHaveCount(0);
        await page.getByRole('button', { name: 'Delete', exact: true }).click();
        await axe(page);
        await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
        await page.getByText('leaves.example.com was deleted').waitFor();
        await page.waitForURL(/\/admin\/servers$/);
        await page.goto(at(`/servers/${LEAVES}`));
        await page.getByRole('heading', { name: 'There is no such server' }).waitFor();
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

    await test('ASVS 3.2.2: what a hostile agent tells is text', async (page) => {
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
