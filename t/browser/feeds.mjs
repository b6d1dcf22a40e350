// Feeds: see feeds.t.
import { at, axe, contains, expect, fitsWindow, login, shots, suite } from './lib/suite.mjs';

async function open(page, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at('/feeds'));
    await row(page, 'main').waitFor();
}

const row = (page, feed) => page.getByRole('main').locator('tbody tr').filter({
    has: page.locator('th', { hasText: new RegExp(`^${feed}$`) })
});
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const dialog = (page) => page.getByRole('dialog');
const save = (page) => dialog(page).getByRole('button', { name: 'Save' }).click();

async function list({ test }) {
    await test('FEED-2: the list shows automatic update, delay, channel, keys, servers',
        async (page) => {
            await open(page);
            await contains(row(page, 'test'), ['on', '10 hours', 'Testing']);
            await contains(row(page, 'used'), ['off', 'Stable', '2', '3']);
            await axe(page);
            await shots(page, 'feeds');
            await row(page, 'used').getByRole('link', { name: /^3 servers/ }).click();
            await page.waitForURL('**/servers?feed=used');
            await page.goBack();
            await row(page, 'used').getByRole('link', { name: /^2 keys/ }).click();
            await page.waitForURL('**/keys?feed=used');
        });

    await test('CLI-3, CLI-4, NEW-FEED-3: main cannot be changed, and cron is told for it',
        async (page) => {
            await open(page);
            await expect(row(page, 'main').getByRole('button')).toHaveCount(0);
            await expect(row(page, 'main')).toHaveText(/by cron/);
            await press(page, 'About the default feed main');
            const line = page.getByRole('textbox', { name: 'Line for cron' });
            await expect(line).toHaveValue('17 3 * * * root /usr/bin/kc.eportal --get-latest');
            await axe(page);
            await shots(page, 'feeds-main', () => page.locator(
                'main .pf-v6-c-expandable-section button').first().click());
        });
}

async function create({ test }) {
    await test('FEED-3, FEED-4, FEED-5, FEED-6, CLI-2, NEW-FEED-1: a new feed', async (page) => {
        await open(page);
        await press(page, 'Create feed');
        await dialog(page).getByLabel('Name').fill('night');
        await dialog(page).getByLabel('Enable new patchsets').check({ force: true });
        await dialog(page).getByLabel('Deploy after').fill('12');
        await dialog(page).getByLabel('Unstable').check();
        await axe(page);
        await save(page);
        await page.getByText('Feed night was created').first().waitFor();
        await dialog(page).waitFor({ state: 'detached' });
        await contains(row(page, 'night'), ['on', '12 hours', 'Unstable']);
    });

    await test('FEED-7, FEED-9, FEED-10, FEED-11: the form says what the delay counts from',
        async (page) => {
            await open(page);
            await press(page, 'Edit feed test');
            await contains(page.locator('#feed-delay-help'), ['appeared on this portal',
                'every 10 minutes', '0 is at once', 'all patchsets appear at the same time']);
            await shots(page, 'feed-edit', () => page.getByRole('button', {
                name: /test/
            }).first().click());
        });

    await test('bad input is told at its field, and what was typed stays', async (page) => {
        await open(page);
        await press(page, 'Create feed');
        await dialog(page).getByLabel('Name').fill('no blanks');
        await dialog(page).getByLabel('Enable new patchsets').check({ force: true });
        await dialog(page).getByLabel('Deploy after').fill('9999');
        await save(page);
        await page.getByText('A feed\'s name is 1 to 32').waitFor();
        await page.getByText('Whole hours from 0 to 8760').waitFor();
        await axe(page);
        await dialog(page).getByLabel('Deploy after').fill('1');
        await dialog(page).getByLabel('Name').fill('test');
        await page.getByText('There is a feed of this name already').waitFor();
        // A word that the portal's own addresses begin with.
        await dialog(page).getByLabel('Name').fill('admin');
        await save(page);
        await page.getByText('is part of the portal\'s own addresses').waitFor();
        await expect(dialog(page).getByLabel('Deploy after')).toHaveValue('1');
        await axe(page);
        await page.keyboard.press('Escape');
        await dialog(page).waitFor({ state: 'detached' });
        await expect(row(page, 'admin')).toHaveCount(0);
    });
}

async function change({ test }) {
    await test('FEED-3: a feed is changed', async (page) => {
        await open(page);
        await press(page, 'Edit feed test');
        await dialog(page).getByLabel('Deploy after').fill('0');
        await dialog(page).getByLabel('Stable', { exact: true }).check();
        await save(page);
        await page.getByText('Feed test was saved').first().waitFor();
        await contains(row(page, 'test'), ['at once', 'Stable']);
    });

    await test('FEED-14: deleting tells that keys go to main, how many, and whose servers',
        async (page) => {
            await open(page);
            await press(page, 'Delete feed used');
            await dialog(page).getByText('2 keys are bound to this feed').waitFor();
            await dialog(page).getByText('3 servers get the patchsets of main').waitFor();
            await axe(page);
            await shots(page, 'feed-delete', () => page.getByRole('button', {
                name: /used/
            }).nth(1).click());
            await page.keyboard.press('Escape');
            await press(page, 'Delete feed used');
            await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
            await page.getByText('Feed used was deleted').first().waitFor();
            await row(page, 'used').waitFor({ state: 'detached' });
            await row(page, 'main').getByRole('link', { name: /^2 keys/ }).waitFor();
        });
}

await suite(async (s) => {
    await list(s);
    await create(s);
    await change(s);

    await s.test('a read-only user sees feeds, and nothing that changes them', async (page) => {
        await open(page, 'reader');
        await row(page, 'test').waitFor();
        await expect(page.getByRole('button', { name: /Create|Edit|Delete/ })).toHaveCount(0);
        await axe(page);
    });

    await s.test('the page fits a phone', async (page) => {
        await open(page);
        await fitsWindow(page);
        await axe(page);
        await press(page, 'Create feed');
        await dialog(page).waitFor();
        await axe(page);
    }, { viewport: { width: 390, height: 844 } });
});
