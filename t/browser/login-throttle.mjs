// Too many failed logins from this address, by a row of the database: see
// login.t. Nobody waits here, the page's clock is put forward.
import { at, axe, expect, login, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('who failed too often sees how long he has to wait', async (page) => {
        await page.clock.install();
        await page.goto(at('/login'));
        await page.getByLabel('User name').fill('guess');
        await page.locator('#login-password').fill('x');
        await page.keyboard.press('Enter');
        await page.getByText('Too many attempts failed').waitFor();
        await page.getByRole('timer').waitFor();
        await expect(page.getByRole('timer')).toHaveText(/in \d+ seconds\./);
        const button = page.getByRole('button', { name: 'Sign In', exact: true });
        await expect(button).toBeDisabled();
        await page.clock.runFor(3_600_000);
        await page.getByText('You can try again now.').waitFor();
        await expect(button).toBeEnabled();
        await page.clock.resume();
        await axe(page);
    });

    await test('where somebody was before, he does not wait for others', async (page) => {
        await login(page, 'admin', 'secret');
    });
});
