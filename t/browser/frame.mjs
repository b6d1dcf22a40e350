// What is around every page: see frame.t.
import assert from 'node:assert/strict';
import { at, axe, expect, fitsWindow, login, suite } from './lib/suite.mjs';

const BUDGET = 350 * 1024; // bytes of a first load, as issue 5 and README say

/** What the browser has loaded for this page, in bytes on the wire. */
function loaded(page) {
    return page.evaluate(() => {
        const entries = [
            ...performance.getEntriesByType('navigation'),
            ...performance.getEntriesByType('resource')
        ];
        return entries.map(({ name, transferSize }) => [transferSize, name]);
    });
}

async function isDark(page) {
    return page.evaluate(() =>
        document.documentElement.classList.contains('pf-v6-theme-dark'));
}

await suite(async ({ test }) => {
    await test('a first load, which is the login page, is under 350 KiB', async (page) => {
        await page.goto(at('/login'), { waitUntil: 'networkidle' });
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.evaluate(() => document.fonts.ready);
        const list = await loaded(page);
        const bytes = list.reduce((sum, [size]) => sum + size, 0);
        const cached = list.filter(([size, name]) =>
            size === 0 && /\.(?:js|css|woff2)$/.test(name));
        assert.deepEqual(cached, [], 'all of it from the wire');
        assert.ok(list.length > 4, 'and something was loaded');
        assert.ok(bytes < BUDGET, `${bytes} bytes: ${list.join('\n')}`);
    });

    await test('an address that leads nowhere says so', async (page) => {
        await page.goto(at('/no/such/page'));
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
        await axe(page);
    });

    await test('UI-1: every old address opens its page', async (page) => {
        await login(page, 'admin', 'secret');
        for (const [old, path] of [
            ['/user/', '/settings/users'], ['/kcserver/', '/servers'],
            ['/docs/', '/docs/'], ['/patches', '/patches/kernel']
        ]) {
            await page.goto(at(old));
            await page.locator('h1').waitFor();
            assert.equal(new URL(page.url()).pathname, `/admin${path}`);
            await expect(page.getByText('There is no such page'), old).toHaveCount(0);
        }
    });

    await test('language and theme are chosen, and kept', async (page) => {
        await login(page, 'admin', 'secret');
        const menu = page.getByRole('button', { name: 'Language and theme' });
        await menu.click();
        await axe(page);
        await page.getByRole('menuitem', { name: 'Dark' }).click();
        assert.ok(await isDark(page), 'dark');
        await page.getByRole('menuitem', { name: '日本語' }).click();
        await page.getByRole('heading', { name: 'ダッシュボード' }).waitFor();
        await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
        await page.reload();
        await page.getByRole('heading', { name: 'ダッシュボード' }).waitFor();
        assert.ok(await isDark(page), 'still dark');
    });

    await test('without a choice both are those of the system', async (page) => {
        await page.goto(at('/login'));
        await page.locator('h1').first().waitFor();
        await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
        assert.ok(await isDark(page));
        await page.emulateMedia({ colorScheme: 'light' });
        await page.waitForFunction(() =>
            !document.documentElement.classList.contains('pf-v6-theme-dark'));
    }, { locale: 'ja-JP', colorScheme: 'dark' });

    await test('with a keyboard one skips to the content', async (page) => {
        await login(page, 'admin', 'secret');
        await page.locator('h1').waitFor();
        await page.evaluate(() => document.activeElement?.blur());
        await page.keyboard.press('Tab');
        const skip = page.getByRole('link', { name: 'Skip to content' });
        assert.ok(await skip.evaluate((link) => link === document.activeElement));
        await page.keyboard.press('Enter');
        assert.equal(new URL(page.url()).hash, '#main');
    });

    await test('on a phone the navigation opens over the page', async (page) => {
        await login(page, 'admin', 'secret');
        await page.locator('h1').waitFor();
        await fitsWindow(page);
        const keys = page.getByRole('link', { name: 'Keys', exact: true });
        assert.ok(!await keys.isVisible(), 'closed at first');
        await page.getByRole('button', { name: 'Navigation' }).click();
        await keys.waitFor();
        await axe(page);
        await keys.click();
        await page.waitForURL('**/admin/keys');
    }, { viewport: { width: 390, height: 844 } });

    await test('a portal that does not answer says so, and another try helps', async (page) => {
        await page.route('**/admin/api/session', (route) => route.abort());
        await page.goto(at('/keys'));
        await page.getByText('The portal does not answer').waitFor({ timeout: 30_000 });
        await axe(page);
        await page.unroute('**/admin/api/session');
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.waitForURL('**/login?next=%2Fkeys');
    });
});
