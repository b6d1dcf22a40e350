// The start page of a portal with servers: see dashboard.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

function counter(page, name) {
    return page.getByRole('listitem').filter({ hasText: name });
}

await suite(async ({ test }) => {
    await test('STAT-1..3: counters lead to the servers that they count', async (page) => {
        await login(page, 'admin', 'secret');
        const counters = [
            ['Total', 11, ''], ['Active in 48 hours', 3, '?state=active'],
            ['Silent', 1, '?state=silent'], ['Never checked in', 7, '?state=never'],
            ['Out of date', 1, '?is_updated=false'],
            ['Without patches for their kernel', 8, '?is_supported=false']
        ];
        const link = (name, count) => page.getByRole('link', { name: `${count} ${name}` });
        for (const [name, count, query] of counters) {
            await expect(link(name, count)).toHaveAttribute('href', `/admin/servers${query}`);
        }
        await axe(page);
        await shots(page, 'dashboard');
        for (const [name, count] of counters) {
            await page.goto(at('/'));
            await link(name, count).click();
            await expect(page.getByRole('main').locator('tbody tr'), name).toHaveCount(count);
        }
    });

    await test('what needs attention is named, with the place to click', async (page) => {
        await login(page, 'admin', 'secret');
        await page.getByText('The key full is full: 2 of 2 servers.').waitFor();
        await page.getByText('The daemon is not running').first().waitFor();
        await page.getByText('The feed idle has no keys').waitFor();
        const source = page.getByRole('listitem').filter({ hasText: 'There is no patch source' });
        await expect(source.getByRole('link', { name: 'Set the patch source' }))
            .toHaveAttribute('href', '/admin/settings/source');
        await page.getByRole('link', { name: 'Raise the limit' }).click();
        await page.waitForURL((url) => url.pathname === '/admin/keys/full');
    });

    await test('USER-9: a read-only user is told of a full key, not to raise its limit',
        async (page) => {
            await login(page, 'reader', 'reading');
            await page.getByText('The key full is full: 2 of 2 servers.').waitFor();
            await page.getByText('There is no patch source').waitFor();
            for (const name of ['Raise the limit', 'See the key', 'Set the patch source',
                'Not set']) {
                await expect(page.getByRole('link', { name }), name).toHaveCount(0);
            }
            await axe(page);
        });

    await test('the newest patchsets have their states', async (page) => {
        await login(page, 'admin', 'secret');
        const table = page.getByRole('grid', { name: 'Newest patchsets' });
        await table.getByRole('row').filter({ hasText: 'K20250101_01' })
            .getByText('main').waitFor();
        await table.getByRole('row').filter({ hasText: 'K20250202_01' })
            .getByText('none').waitFor();
        await table.getByRole('link', { name: 'K20250101_01' }).click();
        await page.waitForURL((url) => url.pathname === '/admin/patches/kernel/K20250101_01');
    });

    await test('TRAP-12: unverified certificates are red on every page', async (page) => {
        await login(page, 'admin', 'secret');
        for (const path of ['/', '/settings/users', '/account', '/no/such/page']) {
            await page.goto(at(path));
            await page.getByText('Certificates of the patch source').waitFor();
            await axe(page);
        }
    });

    await test('a visitor sees the numbers, and the way in', async (page) => {
        await page.goto(at('/'));
        await counter(page, 'Total').getByText('11').waitFor();
        await expect(page.getByRole('link', { name: /Total/ })).toHaveCount(0);
        await expect(page.getByRole('navigation', { name: 'Pages' })).toHaveCount(0);
        await expect(page.getByText('Certificates')).toHaveCount(0);
        await axe(page);
        await shots(page, 'dashboard-visitor');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByLabel('User name').waitFor();
    });
});
