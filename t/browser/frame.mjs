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

/** A first load of the console: the login page. */
async function firstLoad(page) {
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
}

/** The charts' code is a chunk of its own. */
const isChart = ([, name]) => /(?:donut|chart|victory)[^/]*\.js$/i.test(name);

/** The navigation's groups: { title: [texts of links] }. */
async function groups(page) {
    const pages = page.getByRole('navigation', { name: 'Pages' });
    const items = pages.locator('li:has(> button)');
    await expect(items).toHaveCount(3);
    return Object.fromEntries(await items.evaluateAll((all) => all.map((item) => [
        item.querySelector('button').innerText,
        [...item.querySelectorAll('a')].map((link) => link.innerText)
    ])));
}

await suite(async ({ test }) => {
    await test('a first load, which is the login page, is under 350 KiB', firstLoad);

    await test('and so it is in Japanese', async (page) => {
        await firstLoad(page);
        await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
    }, { locale: 'ja-JP' });

    await test('pages are split, and what they load has its hash in its name', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/keys'), { waitUntil: 'networkidle' });
        const keys = await loaded(page);
        assert.deepEqual(keys.filter(isChart), [], 'no charts where none are shown');
        await page.goto(at('/overview'), { waitUntil: 'networkidle' });
        const overview = await loaded(page);
        assert.notDeepEqual(overview.filter(isChart), [], 'but where there are some');
        const assets = [...keys, ...overview].map(([, name]) => new URL(name).pathname)
            .filter((path) => /\.\w+$/.test(path));
        assert.ok(assets.length > 10, `${assets}`);
        for (const path of assets) {
            assert.match(path, /^\/admin\/assets\/.*-[\w-]{8,}\.(?:js|css|woff2|svg)$/);
        }
    });

    await test('NEW-PS-10, NEW-SRV-1: the menus and their order', async (page) => {
        await login(page, 'admin', 'secret');
        await page.getByRole('link', { name: 'DBCare' }).waitFor();
        const livePatching = ['KernelCare', 'LibCare', 'QEMUcare', 'DBCare', 'Feeds', 'Keys'];
        const servers = ['Servers', 'Server tags', 'Overview'];
        assert.deepEqual(Object.entries(await groups(page)), [
            ['Live patching', livePatching],
            ['Servers', servers],
            ['Settings', ['Patch source', 'LDAP', 'Single sign-on', 'Users', 'API keys',
                'General']]
        ]);
        await page.context().clearCookies();
        await login(page, 'reader', 'reading');
        await page.getByRole('link', { name: 'DBCare' }).waitFor();
        assert.deepEqual(Object.entries(await groups(page)), [
            ['Live patching', livePatching],
            ['Servers', servers],
            ['Settings', ['Patch source', 'Users', 'API keys']]
        ]);
    });

    await test('a new page has the focus and begins at its top', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/keys'));
        await page.getByRole('link', { name: 'key-9', exact: true }).waitFor();
        const main = page.locator('#main');
        await main.evaluate((element) => element.scrollTo(0, 200));
        await page.getByRole('link', { name: 'Feeds', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'Feeds' }).waitFor();
        await expect(main).toBeFocused();
        assert.equal(await main.evaluate((element) => element.scrollTop), 0);
        await page.goto(at('/keys'));
        await page.getByRole('link', { name: 'Create key' }).click();
        await page.getByRole('heading', { level: 1, name: 'Create key' }).waitFor();
        assert.ok(await page.evaluate(() =>
            document.getElementById('main').contains(document.activeElement)));
    });

    await test('a page whose files an upgrade has taken away says so, and loads again',
        async (page) => {
            await login(page, 'admin', 'secret');
            await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
            await page.waitForLoadState('networkidle');
            await page.route('**/assets/*.js', (route) => route.abort());
            await page.getByRole('link', { name: 'Audit log' }).click();
            await page.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
            await axe(page);
            await page.unroute('**/assets/*.js');
            await page.getByRole('button', { name: 'Load again' }).click();
            await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
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
