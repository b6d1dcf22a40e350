// Logins that a directory or a provider decides: see login.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

/** Through the provider's own pages: who one is, then consent. */
async function signIn(page, subject) {
    await page.getByRole('link', { name: 'Sign In with SSO' }).click();
    await page.locator('input[name=login]').fill(subject);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
}

const abroad = { ignoreHTTPSErrors: true };

await suite(async ({ test }) => {
    await test('LDAP-27: a user of the directory comes in, and may read', async (page) => {
        await login(page, 'gauss', 'password');
        await page.goto(at('/account'));
        await page.getByText('You log in through LDAP').waitFor();
        await page.getByRole('definition').filter({ hasText: 'Read-only' }).waitFor();
        await expect(page.getByLabel('Current password')).toHaveCount(0);
        await axe(page);
    });

    await test('a wrong password in the directory is told as any other', async (page) => {
        await page.goto(at('/login'));
        await page.getByLabel('User name').fill('gauss');
        await page.locator('#login-password').fill('wrong');
        await page.keyboard.press('Enter');
        await page.getByText('User name or password is wrong.').waitFor();
    });

    await test('SSO-13: "Sign In with SSO" goes to the provider and comes back', async (page) => {
        page.mayLeave = true;
        await page.goto(at('/settings/api-keys'));
        await page.getByRole('button', { name: 'Sign In', exact: true }).waitFor();
        await axe(page);
        await shots(page, 'login-sso');
        await page.goto(at('/settings/api-keys'));
        await signIn(page, 's1');
        await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
        await page.goto(at('/account'));
        await page.getByText('You log in through single sign-on').waitFor();
        await page.getByRole('button', { name: 'alice' }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        // The provider asks whether it should forget one, too, and sends back.
        await page.getByRole('button', { name: 'Yes, sign me out' }).click();
        await page.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
    }, abroad);

    await test('a name of the provider that is taken here is told in a sentence', async (page) => {
        page.mayLeave = true;
        await page.goto(at('/login'));
        await signIn(page, 's2');
        await page.getByText('Single sign-on failed').waitFor();
        await page.getByText('admin').first().waitFor();
        await axe(page);
    }, abroad);
});
