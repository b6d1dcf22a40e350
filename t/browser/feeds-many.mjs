// More feeds than a page holds: see feeds.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('FEED-2: many feeds come page by page, main first', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/feeds'));
        const rows = page.getByRole('main').locator('tbody tr');
        await expect(rows).toHaveCount(50);
        await expect(rows.first()).toContainText('main');
        await axe(page);
        await shots(page, 'feeds-many');
        await page.getByRole('button', { name: 'Next page' }).click();
        await page.waitForURL(/page=2/);
        await expect(rows.filter({ hasText: 'lot-60' })).toHaveCount(1);
        await page.getByRole('button', { name: 'Edit feed lot-60' }).click();
        await expect(page.getByRole('dialog')).toContainText('lot-60');
        await page.goto(at('/feeds?size=100'));
        await expect(rows.filter({ hasText: 'lot-60' })).toHaveCount(1);
        await expect(page.getByRole('navigation', { name: 'Pages, below the list' }))
            .toBeVisible();
    });
});
