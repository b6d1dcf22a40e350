// The login page, with local users: see login.t.
import assert from 'node:assert/strict';
import { at, axe, base, expect, fitsWindow, login, shots, suite } from './lib/suite.mjs';

const WRONG = 'User name or password is wrong.';

async function fill(page, user, password) {
    await page.getByLabel('User name').fill(user);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.keyboard.press('Enter');
}

/** The path below /admin that one is at. */
function path(page) {
    const url = new URL(page.url());
    return url.pathname.slice('/admin'.length) + url.search;
}

/** Log in from an address of the login page; where it leads to. */
async function leadsTo(page, address) {
    await page.goto(at(address));
    await fill(page, 'admin', 'secret');
    await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    assert.equal(new URL(page.url()).origin, new URL(base).origin);
    return path(page) || '/';
}

await suite(async ({ test }) => {
    await test('UI-1, UI-2, SSO-13: name and password lead to the page asked for', async (page) => {
        await page.goto(at('/settings/users?search=adm'));
        await page.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
        assert.equal(await page.evaluate(() => document.activeElement.id), 'login-username');
        await expect(page.getByText('SSO'), 'SSO-13: only when it is configured').toHaveCount(0);
        await axe(page);
        await shots(page, 'login');
        await page.goto(at('/settings/users?search=adm'));
        await fill(page, 'admin', 'secret');
        await page.getByRole('heading', { name: 'Users', exact: true }).waitFor();
        assert.equal(path(page), '/settings/users?search=adm');
        await page.goto(at('/login'));
        await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    });

    await test('a failure keeps the name, and says the same whatever was wrong', async (page) => {
        await page.goto(at('/login'));
        for (const [user, password] of [['admin', 'wrong'], ['nobody', 'secret']]) {
            await fill(page, user, password);
            await page.getByText(WRONG).waitFor();
            await expect(page.getByLabel('User name')).toHaveValue(user);
            await page.waitForFunction(() =>
                document.activeElement.id === 'login-password'
                && document.activeElement.value === '');
        }
        await axe(page);
        await fill(page, 'admin', 'secret');
        await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    });

    await test('next leads to pages of this console alone', async (page) => {
        const cases = {
            '/login?next=%2Fkeys%3Fsort%3D-key': '/keys?sort=-key',
            '/login?next=/admin/keys': '/keys',
            '/login?next=//evil.example/keys': '/',
            '/login?next=/%5Cevil.example': '/',
            '/login?next=/%09/evil.example': '/',
            '/login?next=/.//evil.example': '/',
            '/login?next=https://evil.example/': '/',
            '/login?next=javascript:alert(1)': '/',
            '/login?next=/login': '/'
        };
        for (const [address, to] of Object.entries(cases)) {
            await page.context().clearCookies();
            assert.equal(await leadsTo(page, address), to, address);
        }
    });

    await test('a sentence of the provider is shown as text, and once', async (page) => {
        const evil = '<img src=x onerror="alert(1)"> said no';
        await page.context().addCookies([{
            name: 'eportal-sso-error', value: encodeURIComponent(evil), url: base
        }]);
        await page.goto(at('/login?sso_error=%3Cb%3Ex'));
        await page.getByText(evil).waitFor();
        await expect(page.locator('main img, main b')).toHaveCount(0);
        await axe(page);
        await page.reload();
        await page.getByText('The provider did not sign you in.').waitFor();
        await expect(page.getByText(evil)).toHaveCount(0);
    });

    await test('language and theme can be chosen before one is in', async (page) => {
        await page.goto(at('/login'));
        await page.getByRole('button', { name: 'Language and theme' }).click();
        await page.getByRole('menuitem', { name: 'Dark' }).waitFor();
        await axe(page);
        await page.getByRole('menuitem', { name: '日本語' }).click();
        await page.getByRole('heading', { name: 'ePortalにサインイン' }).waitFor();
        await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
        await page.reload();
        await page.getByRole('heading', { name: 'ePortalにサインイン' }).waitFor();
    });

    await test('Caps Lock is told, and the password can be seen', async (page) => {
        await page.goto(at('/login'));
        const field = page.locator('#login-password');
        await field.dispatchEvent('keyup', { key: 'A', modifierCapsLock: true });
        await page.getByText('Caps Lock is on.').waitFor();
        await field.fill('Sesame');
        await page.getByRole('button', { name: 'Show password' }).click();
        await expect(field).toHaveAttribute('type', 'text');
        await axe(page);
    });

    await test('the login page fits a phone', async (page) => {
        await page.goto(at('/login'));
        await page.getByLabel('User name').waitFor();
        await fitsWindow(page);
    }, { viewport: { width: 320, height: 640 } });
});
