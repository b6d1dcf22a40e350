// 120 users and 60 API keys: see users.t.
import assert from 'node:assert/strict';
import { at, download, expect, login, nextPage, suite } from './lib/suite.mjs';

async function open(page, path, name) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await page.getByRole('grid', { name }).waitFor();
}

const rows = (page) => page.getByRole('grid').first().locator('tbody tr');

await suite(async ({ test }) => {
    await test('LDAP-28: users come page by page', async (page) => {
        await open(page, '/settings/users?search=many', 'Users');
        await expect(rows(page)).toHaveCount(50);
        await expect(rows(page).first()).toContainText('many001');
        await nextPage(page);
        await expect(rows(page).first()).toContainText('many051');
        await page.getByRole('button', { name: /^51–100 of 120\./ }).first().click();
        await page.getByRole('menuitem', { name: /^100/ }).click();
        await expect(rows(page)).toHaveCount(100);
        await page.goto(at('/settings/users?search=many&page=3&sort=-username'));
        await expect(rows(page)).toHaveCount(20);
        await expect(rows(page).last()).toContainText('many001');
    });

    for (const [path, name] of [['users', 'Users'], ['api-keys', 'API keys']]) {
        await test(`${name}: a phone has a way to the next page, too`, async (page) => {
            await open(page, `/settings/${path}?search=many`, name);
            await nextPage(page);
        }, { viewport: { width: 390, height: 844 } });
    }

    await test('all that were found are taken away as CSV, and no formula', async (page) => {
        await open(page, '/settings/users?search=many&sort=-username', 'Users');
        const file = await download(page, () =>
            page.getByRole('button', { name: 'CSV' }).click());
        const lines = file.split('\r\n');
        assert.equal(lines.length, 122);
        assert.equal(lines[0],
            '"username","description","readonly","origin","created","last_login"');
        assert.match(lines[1], /^"many120","'=cmd\|120",true,"ldap","1970-01-01 [^"]*",$/);
        await page.goto(at('/settings/users?search=nobody-is-called-so'));
        await expect(page.getByRole('button', { name: 'CSV' })).toBeDisabled();
    });

    await test('NEW-SEC-2: API keys come page by page, and as CSV', async (page) => {
        await open(page, '/settings/api-keys?search=many&sort=name', 'API keys');
        await expect(rows(page)).toHaveCount(50);
        await nextPage(page);
        await expect(rows(page).first()).toContainText('many51');
        const file = await download(page, () =>
            page.getByRole('button', { name: 'CSV' }).click());
        assert.equal(file.split('\r\n').length, 62);
        assert.match(file, /\r\n"many60","[^"]*\.\.\.[^"]{4}","admin",/);
    });
});
