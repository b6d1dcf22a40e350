// API keys: see users.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

async function open(page) {
    await page.goto(at('/settings/api-keys'));
    await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
}

/** Make a key by the dialog; what it is. */
async function make(page, name, period) {
    await page.getByRole('button', { name: 'Add API key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Key name').fill(name);
    await dialog.getByLabel('Expiration').selectOption(period);
    await axe(page);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Copy the key now').waitFor();
    await axe(page);
    const token = await dialog.getByRole('textbox').inputValue();
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    return token;
}

function row(page, name) {
    return page.getByRole('row').filter({ hasText: name });
}

/** What the API answers to this key, and to nothing else. */
async function status(token) {
    const answer = await fetch(at('/api/keys'), { headers: { 'X-Api-Key': token } });
    return answer.status;
}

await suite(async ({ test }) => {
    await test('NEW-SEC-2: who has none is led to the first one', async (page) => {
        await login(page, 'reader', 'reading');
        await open(page);
        await page.getByText('There are no API keys yet').waitFor();
        await axe(page);
        const token = await make(page, 'of the reader', 'never');
        assert.equal(await status(token), 200);
        await row(page, 'of the reader').getByText('never').first().waitFor();
    });

    await test('NEW-SEC-2: a key is shown once, works, and is revoked', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        const token = await make(page, 'ci <b>build</b>', '90');
        const used = row(page, 'ci <b>build</b>').getByRole('gridcell').nth(4);
        await row(page, 'ci <b>build</b>').getByText(new RegExp(`\\.\\.\\.${token.slice(-4)}$`))
            .waitFor();
        await expect(used).toHaveText('never');
        assert.equal(await status(token), 200);
        await page.reload();
        await expect(used.locator('time')).toBeVisible();
        assert.equal((await page.content()).includes(token), false, 'it is not shown again');
        await page.getByRole('button', { name: 'Revoke ci <b>build</b>' }).click();
        await axe(page);
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
        await page.getByText('was revoked.').waitFor();
        assert.equal(await status(token), 401);
    });

    await test('NEW-SEC-2: what has expired says so; administrators see all', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await expect(row(page, 'old key').locator('.pf-v6-c-label.pf-m-danger'))
            .toContainText('Expired');
        await row(page, 'of the reader').getByText('reader', { exact: true }).waitFor();
        await axe(page);
        await shots(page, 'api-keys');
        await page.goto(at('/settings/api-keys?search=no-such-key'));
        await page.getByText('No API key is like that').waitFor();
    });

    await test('NEW-SEC-2: a read-only user has to do with his own alone', async (page) => {
        await login(page, 'reader', 'reading');
        await open(page);
        await row(page, 'of the reader').waitFor();
        await expect(page.getByText('old key')).toHaveCount(0);
    });

    await test('a day that is over is not taken', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await page.getByRole('button', { name: 'Add API key' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Key name').fill('late');
        await dialog.getByLabel('Expiration').selectOption('day');
        await dialog.getByLabel('Last day').fill('2020-02-02');
        await dialog.getByText('Choose a day that is not over.').waitFor();
        await expect(dialog.getByRole('button', { name: 'Create' })).toBeDisabled();
        await axe(page);
    });
});
