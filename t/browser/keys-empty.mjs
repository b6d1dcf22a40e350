// Keys when there are none yet: see keys.t.
import { at, axe, login, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('KEY-1: without keys the page says what they are for', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/keys'));
        await page.getByRole('heading', { name: 'There are no keys yet' }).waitFor();
        await axe(page);
        await page.getByRole('main').getByRole('link', { name: 'Create key' }).last().click();
        await page.waitForURL('**/keys/new');
    });

    await test('a read-only user is told who can create keys', async (page) => {
        await login(page, 'reader', 'secret');
        await page.goto(at('/keys'));
        await page.getByText('An administrator can create one.').waitFor();
        await axe(page);
    });
});
