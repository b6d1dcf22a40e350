// The start page of a portal where everything needs attention: see dashboard.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const { SOURCE } = process.env;
const GIB = 1024 ** 3;

// Each rule's sentence, the text of its link, and where that leads; those that
// only administrators can do something about are marked.
const NEEDS = [
    ['1 server is out of date: its feed has a newer patch.',
        'Show them', '/servers?is_updated=false'],
    ['1 server has been silent for more than 48 hours.',
        'Show them', '/servers?state=silent'],
    ['8 servers run a kernel that their feed has no patch for.',
        'Show them', '/servers?is_supported=false'],
    ['The daemon is not running: nothing is downloaded', 'Jobs', '/jobs'],
    ['The patch source could not be read 3 times in a row: nobody answers <b>there</b>',
        'Test the patch source', '/settings/source', 'admin'],
    ['1 patchset waits to be downloaded.', 'See the jobs', '/jobs'],
    ['The job audit-clean has failed 2 times in a row: no room', 'See the jobs', '/jobs'],
    ['1 patchset of KernelCare is enabled here, and the patch source has withdrawn it.',
        'Show them', '/patches/kernel?state=enabled-warning'],
    ['The key near is nearly full: 9 of 10 servers.', 'See the key', '/keys/near', 'admin'],
    ['The key full is full: 2 of 2 servers.', 'Raise the limit', '/keys/full', 'admin'],
    ['The feed idle has no keys: no server gets its patches.', 'Feeds', '/feeds']
];
const ADMINS = [
    ['Passwords travel to the LDAP server without encryption.',
        'LDAP settings', '/settings/ldap'],
    ['Passwords may be as short as 5 characters.', 'What to set', '/settings/users']
];

const section = (page, name) => page.locator('section.pf-v6-c-card').filter({
    has: page.getByRole('heading', { name, exact: true })
});
const attention = (page) => section(page, 'What needs attention');
const need = (page, text) =>
    attention(page).getByRole('listitem').filter({ hasText: text });

/** A portal whose disk has so much room; all else is as this one says it. */
async function withDisk(page, free, size) {
    await page.route('**/admin/api/status', async (route) => {
        const response = await route.fetch();
        const { result } = await response.json();
        await route.fulfill({
            response, json: { result: { ...result, disk_free: free, disk_size: size } }
        });
    });
}

await suite(async ({ test }) => {
    await test('every rule of what needs attention has its sentence and the place to click',
        async (page) => {
            await login(page, 'admin', 'secret');
            for (const [text, link, to] of [...NEEDS, ...ADMINS]) {
                await expect(need(page, text), text).toHaveCount(1);
                await expect(need(page, text).getByRole('link', { name: link, exact: true }))
                    .toHaveAttribute('href', `/admin${to}`);
            }
            await expect(attention(page).getByRole('listitem'))
                .toHaveCount(NEEDS.length + ADMINS.length);
            await expect(attention(page).getByRole('listitem').first(), 'the gravest first')
                .toContainText('Urgent:');
            await axe(page);
            await shots(page, 'dashboard-troubles');
        });

    await test('what a link of it shows is what it told of', async (page) => {
        await login(page, 'admin', 'secret');
        await need(page, 'the patch source has withdrawn it').getByRole('link').click();
        await page.getByRole('link', { name: 'K20250101_01', exact: true }).waitFor();
        await expect(page.getByRole('link', { name: 'K20250202_01' })).toHaveCount(0);
        await page.goto(at('/'));
        await need(page, 'is out of date').getByRole('link').click();
        await page.waitForURL('**/servers?is_updated=false');
        await expect(page.getByRole('main').locator('tbody tr')).toHaveCount(1);
    });

    await test('USER-9: a read-only user is told the same, without what he may not do',
        async (page) => {
            await login(page, 'reader', 'reading');
            for (const [text, link, to, admin] of NEEDS) {
                const links = need(page, text).getByRole('link');
                await expect(need(page, text), text).toHaveCount(1);
                await expect(links).toHaveCount(admin ? 0 : 1);
                if (!admin) {
                    await expect(links).toHaveText(link);
                    await expect(links).toHaveAttribute('href', `/admin${to}`);
                }
            }
            await expect(attention(page).getByRole('listitem')).toHaveCount(NEEDS.length);
            for (const href of await page.locator('main a').evaluateAll(
                (links) => links.map((link) => link.getAttribute('href'))
            )) {
                assert.doesNotMatch(href, /\/settings\/|\/keys\//, 'no way to what he may not do');
            }
            await axe(page);
        });

    await test('a disk without room is told, and where its limits are', async (page) => {
        for (const [free, used, text] of [
            [GIB / 4, '100', 'The disk is full: nothing is downloaded any more.'],
            [4 * GIB, '96', 'Less than a twentieth of the disk is free.']
        ]) {
            await withDisk(page, free, 100 * GIB);
            await login(page, 'admin', 'secret');
            await expect(need(page, text).getByRole('link', { name: 'See the limits' }))
                .toHaveAttribute('href', '/admin/settings/general');
            await expect(page.getByRole('progressbar', { name: 'Disk' }))
                .toHaveAttribute('aria-valuenow', used);
            await axe(page);
            await page.unroute('**/admin/api/status');
            await page.context().clearCookies();
        }
    });

    await test('the portal\'s health: source, failures, when it was last read', async (page) => {
        await login(page, 'admin', 'secret');
        const health = section(page, 'This portal');
        await expect(health).toContainText(SOURCE);
        await expect(health.locator('time').first())
            .toHaveAttribute('datetime', '2025-11-29T07:06:40.000Z');
        await expect(health).toContainText('Failed 3 times in a row');
        await expect(health).toContainText('Daemon not running');
        await expect(health).toContainText('1 patchset');
    });
});
