// What becomes of open pages when a session ends: see login.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, suite } from './lib/suite.mjs';

const USERS = { name: 'Users', exact: true, level: 1 };

async function endSession(page) {
    const { result } = await (await page.request.get(at('/api/session'))).json();
    const answer = await page.request.post(at('/api/logout'),
        { headers: { 'X-CSRF-Token': result.csrf, Origin: new URL(at('/')).origin } });
    assert.equal(answer.status(), 200);
}

await suite(async ({ test }) => {
    await test('a session that has ended leads to the login and back', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/settings/users?search=a'));
        await page.getByRole('heading', USERS).waitFor();
        await endSession(page);
        await page.getByRole('link', { name: 'API keys' }).click();
        await page.getByText('Your session has ended.').waitFor();
        await axe(page);
        await expect(page.getByText('reader'), 'nothing stays on the page').toHaveCount(0);
        await page.getByLabel('User name').fill('admin');
        await page.locator('#login-password').fill('secret');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
    });

    await test('other tabs see that one has signed out, and in', async (page) => {
        await login(page, 'admin', 'secret');
        const other = await page.context().newPage();
        await other.goto(at('/settings/users'));
        await other.getByRole('heading', USERS).waitFor();
        await page.bringToFront();
        await page.getByRole('button', { name: 'admin', exact: true }).click();
        await axe(page);
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByLabel('User name').waitFor();
        await other.getByText('Your session has ended.').waitFor();
        await login(page, 'reader', 'reading');
        await other.getByRole('heading', USERS).waitFor();
        await other.getByRole('button', { name: 'reader' }).waitFor();
        await expect(other.getByRole('button', { name: 'Add user' })).toHaveCount(0);
    });

    await test('after signing out, going back shows nothing', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/settings/users'));
        await page.getByRole('heading', USERS).waitFor();
        await page.getByRole('button', { name: 'admin', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByLabel('User name').waitFor();
        await page.goBack();
        await page.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
        await expect(page.getByText('reader')).toHaveCount(0);
    });

    await test('many sessions come page by page', async (page) => {
        await login(page, 'reader', 'reading');
        await page.goto(at('/account?size=25'));
        const rows = page.getByRole('grid', { name: 'My sessions' }).locator('tbody tr');
        await expect(rows).toHaveCount(25);
        await expect(rows.first()).toContainText('this one');
        await axe(page);
        await page.getByRole('button', { name: 'Next page' }).click();
        await page.waitForURL(/page=2/);
        await expect(rows.first()).not.toContainText('this one');
    });

    await test('two browsers at once, each with its own user', async (page, { open }) => {
        const other = await open();
        await login(page, 'admin', 'secret');
        await login(other, 'reader', 'reading');
        for (const [one, user] of [[page, 'admin'], [other, 'reader']]) {
            await one.goto(at('/settings/users'));
            await one.getByRole('button', { name: user, exact: true }).waitFor();
        }
        await expect(page.getByRole('button', { name: 'Add user' })).toHaveCount(1);
        await expect(other.getByRole('button', { name: 'Add user' })).toHaveCount(0);
        await endSession(page);
        await other.reload();
        await other.getByRole('button', { name: 'reader' }).waitFor();
    });
});
