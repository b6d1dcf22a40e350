// The start page of a portal that has nothing yet: see dashboard.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('an empty portal shows the way to the first server', async (page) => {
        await login(page, 'admin', 'secret');
        await page.getByRole('heading', { name: 'First steps' }).waitFor();
        for (const [step, to] of [['Set the patch source', '/settings/source'],
            ['Create a key', '/keys/new'], ['Register a server', '/docs']]) {
            const link = page.getByRole('list', { name: 'First steps' })
                .getByRole('link', { name: step });
            await expect(link).toHaveAttribute('href', `/admin${to}`);
        }
        await page.getByText('There are no patchsets yet').waitFor();
        await axe(page);
        await shots(page, 'dashboard-empty');
    });

    await test('a read-only user sees no steps that he may not go', async (page) => {
        await login(page, 'reader', 'reading');
        await page.getByRole('heading', { name: 'Newest patchsets' }).waitFor();
        await page.getByText('There is no patch source').waitFor();
        await expect(page.getByText('First steps')).toHaveCount(0);
        await expect(page.getByRole('link', { name: 'Set the patch source' })).toHaveCount(0);
        await expect(page.getByRole('link', { name: 'Not set' })).toHaveCount(0);
        await axe(page);
    });
});
