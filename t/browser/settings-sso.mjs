// Single sign-on that is configured: see settings-sso.t.
import assert from 'node:assert/strict';
import { at, axe, base, login, shots, suite } from './lib/suite.mjs';

const { ISSUER, CLIENT_SECRET } = process.env;

await suite(async ({ test }) => {
    await test('SSO-4, SSO-5, TRAP-10: the addresses to register at the provider', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/settings/sso'));
        const value = (name) => page.getByRole('textbox', { name }).inputValue();
        await page.getByRole('textbox', { name: 'Sign-in redirect URI' }).waitFor();
        assert.equal(await value('Sign-in redirect URI'), `${base}/sso/login/callback`);
        assert.equal(await value('Sign-out redirect URI'), `${base}/login`);
        await page.getByText(`${base} is as good as a sign-out redirect URI`).waitFor();
    });

    await test('SSO-7, SSO-11: the file\'s values and where they stand; the secret is masked',
        async (page) => {
            await login(page, 'admin', 'secret');
            await page.goto(at('/settings/sso'));
            await page.getByText('Single sign-on is on').waitFor();
            const row = page.getByRole('row', { name: /OIDC_AUTH_URL.*Set in .*config:\d+\./ });
            await row.waitFor();
            const text = await row.innerText();
            assert.ok(text.includes(`${ISSUER}/auth`), text);
            assert.ok(!(await page.content()).includes(CLIENT_SECRET));
            await axe(page);
            await shots(page, 'settings-sso-on');
        });

    await test('W-10: the provider is tried step by step', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/settings/sso'));
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await page.getByText('All steps went well.').waitFor();
        await page.getByText('the endpoint refuses a wrong token, as it should').waitFor();
        await axe(page);
    });
});
