// 120 tags and more: see tags.t.
import assert from 'node:assert/strict';
import { at, download, expect, login, nextPage, suite } from './lib/suite.mjs';

const rows = (page) => page.getByRole('grid', { name: 'Server tags' }).locator('tbody tr');

async function open(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await rows(page).first().waitFor();
}

await suite(async ({ test }) => {
    await test('NEW-TAG-1: tags come page by page', async (page) => {
        await open(page, '/tags?search=many');
        await expect(rows(page)).toHaveCount(50);
        await nextPage(page);
        await expect(rows(page).first()).toContainText('many051');
        await page.goto(at('/tags?search=many&page=3&sort=-name'));
        await expect(rows(page)).toHaveCount(20);
        await expect(rows(page).last()).toContainText('many001');
    });

    await test('NEW-TAG-1: a phone has a way to the next page, and all buttons', async (page) => {
        await open(page, '/tags?search=many');
        await expect(page.getByRole('button', { name: 'Delete many001' })).toBeInViewport(
            { ratio: 1 });
        await nextPage(page);
    }, { viewport: { width: 390, height: 844 } });

    await test('NEW-TAG-1: all that were found are taken away as CSV, and no formula',
        async (page) => {
            await open(page, '/tags?search=many');
            const take = () => download(page, () =>
                page.getByRole('button', { name: 'CSV' }).click());
            assert.equal((await take()).split('\r\n').length, 122);
            await page.goto(at('/tags?search=%3D'));
            await expect(rows(page)).toHaveCount(1);
            assert.equal(await take(), '"name","servers"\r\n"\'=1+""1""",0\r\n');
        });
});
