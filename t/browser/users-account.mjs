// One's own account: see users.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

async function open(page) {
    await page.goto(at('/account'));
    await page.getByRole('heading', { name: 'My sessions' }).waitFor();
}

async function fill(page, current, next, again = next) {
    await page.locator('#password-current').fill(current);
    await page.locator('#password-new').fill(next);
    await page.locator('#password-again').fill(again);
}

await suite(async ({ test }) => {
    await test('who one is, and where one is logged in', async (page) => {
        await login(page, 'admin', 'secret');
        await page.getByRole('button', { name: 'admin', exact: true }).click();
        await page.getByRole('menuitem', { name: 'My account' }).click();
        await page.getByRole('heading', { name: 'My sessions' }).waitFor();
        await page.getByText('this one').waitFor();
        await page.getByText('127.0.0.1').first().waitFor();
        await axe(page);
        await shots(page, 'account');
    });

    await test('the password changes, and other sessions end', async (page, more) => {
        const other = await more.open();
        await login(other, 'changer', 'changing');
        await login(page, 'changer', 'changing');
        await open(page);
        const button = page.getByRole('button', { name: 'Change password' });
        await fill(page, 'wrong one', 'a new password', 'another');
        await page.getByText('The two new passwords are not the same.').waitFor();
        await expect(button).toBeDisabled();
        await axe(page);
        await fill(page, 'wrong one', 'a new password');
        await button.click();
        await page.getByText('That is not your current password.').waitFor();
        await expect(page.locator('#password-new')).toHaveValue('a new password');
        await axe(page);
        await fill(page, 'changing', 'a new password');
        await button.click();
        await page.getByText('Your password was changed').waitFor();
        await other.goto(at('/account'));
        await other.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
        await login(other, 'changer', 'a new password');
    });

    await test('one session can be ended, or all others', async (page, more) => {
        const others = [await more.open(), await more.open()];
        for (const other of others) {
            await login(other, 'reader', 'reading');
        }
        await login(page, 'reader', 'reading');
        await open(page);
        const ends = page.getByRole('button', { name: /^End the session from/ });
        await ends.first().waitFor();
        const before = await ends.count();
        await ends.first().click();
        await page.getByText('The session has ended.').waitFor();
        await page.waitForFunction((count) =>
            document.querySelectorAll('[aria-label^="End the session"]').length < count, before);
        await page.getByRole('button', { name: 'End all others' }).click();
        await page.getByText(/other sessions? ha(s|ve) ended/).waitFor();
        await expect(ends).toHaveCount(0);
        for (const other of others) {
            await other.goto(at('/account'));
            await other.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
        }
    });
});
