// 120 servers, all of them different: see overview.t.
import { at, axe, expect, login, nextPage, suite } from './lib/suite.mjs';

async function open(page) {
    await login(page, 'admin', 'secret');
    await page.goto(at('/overview'));
    await page.getByText('Selected servers: 120 of 120').waitFor();
}

await suite(async ({ test }) => {
    await test('NEW-OVW-4: the others come in parts, and are summed up until then',
        async (page) => {
            await open(page);
            const table = page.getByRole('grid', { name: 'Operating systems' });
            const body = table.locator('tbody tr');
            await expect(body).toHaveCount(12);
            await table.getByRole('button', { name: 'Other (110)' }).click();
            await expect(body).toHaveCount(112);
            await expect(body.nth(110).locator('td').nth(1)).toHaveText('10');
            await table.getByRole('button', { name: 'Other (10)' }).click();
            await expect(body).toHaveCount(121);
            await expect(body.last().locator('td').nth(1)).toHaveText('120');
        });

    await test('NEW-OVW-3: so do the parts of a ring', async (page) => {
        await open(page);
        const card = page.locator('section.pf-v6-c-card')
            .filter({ has: page.getByRole('heading', { name: 'CPU architecture' }) });
        const legend = card.locator('.ep-legend li');
        await expect(legend).toHaveCount(7);
        await card.getByRole('button', { name: 'Other (114)' }).click();
        await expect(legend).toHaveCount(107);
        await expect(legend.last().locator('.ep-number')).toHaveText('14');
        await axe(page);
        await card.getByRole('button', { name: 'Other (14)' }).click();
        await expect(legend).toHaveCount(120);
    });

    await test('NEW-OVW-6: effective kernels come page by page', async (page) => {
        await open(page);
        const rows = page.getByRole('grid', { name: 'Effective kernel' }).locator('tbody tr');
        await expect(rows).toHaveCount(50);
        const first = await rows.first().textContent();
        await nextPage(page);
        await expect(rows).toHaveCount(50);
        await expect(rows.first()).not.toHaveText(first);
        await page.goto(at('/overview?page=3'));
        await expect(rows).toHaveCount(20);
    });
});
