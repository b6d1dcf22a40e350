// The pages of the settings: see settings.t.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const { SOURCE, LDAP, ENVDIR } = process.env;

/** What the API says, as the page's user. */
async function api(page, path) {
    const answer = await page.request.get(at(`/api/${path}`));
    assert.equal(answer.status(), 200, path);
    return (await answer.json()).result;
}

async function admin(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

/** Press a test's button, and read its steps: { Address: 'found', ... }. */
async function tried(page, name) {
    await page.getByRole('button', { name, exact: true }).click();
    const steps = page.getByRole('list', { name: 'Steps of the test' });
    await steps.waitFor();
    const texts = await steps.getByRole('listitem').allInnerTexts();
    return Object.fromEntries(texts.map((text) => text.split(/\n+/).slice(0, 2)));
}

/** Save, and wait for the portal's answer. */
async function save(page) {
    await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'PUT'),
        page.getByRole('button', { name: 'Save', exact: true }).click()
    ]);
}

/** Workers know of changed settings within a second, not at once. */
async function until(check) {
    for (let i = 0; i < 50 && !await check(); i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(await check(), String(check));
}

async function seesText(page, text) {
    await page.getByText(text, { exact: false }).first().waitFor();
}

await suite(async ({ test }) => {
    await test('SRC-2: Settings / Patch source, before there is one', async (page) => {
        await login(page, 'admin', 'secret');
        await page.getByRole('link', { name: 'Patch source', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'Patch source' }).waitFor();
        await expect(page.getByLabel('URL'))
            .toHaveValue('https://downloads.kernelcare.com/patch-download/');
        await seesText(page, 'Set a login, or the address of a source that needs none');
        await axe(page);
    });

    await test('W-10: the source is tried before it is saved, step by step', async (page) => {
        await admin(page, '/settings/source');
        await page.getByLabel('URL').fill(SOURCE);
        await page.getByLabel('Login').fill('customer');
        await page.getByLabel('Password', { exact: true }).fill('wrong');
        let steps = await tried(page, 'Test');
        assert.equal(steps.Connection, 'directly');
        assert.match(steps.Login, /refuses the login/);
        assert.equal(steps.Index, 'not reached');
        await seesText(page, 'The test failed at the step “Login”.');
        await axe(page);
        await page.getByLabel('Password', { exact: true }).fill('Geheim:1');
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await seesText(page, 'All steps went well.');
        steps = await tried(page, 'Test');
        assert.equal(steps.Index, '2 patchsets');
        assert.equal((await api(page, 'settings/source')).configured, false);
    });

    await test('SRC-3, SRC-5: saving says what comes next; the password is kept and never shown',
        async (page) => {
            const addresses = [];
            page.on('request', (request) => addresses.push(request.url()));
            await admin(page, '/settings/source');
            await page.getByLabel('URL').fill(SOURCE);
            await page.getByLabel('Login').fill('customer');
            await page.getByLabel('Password', { exact: true }).fill('Geheim:1');
            await save(page);
            await seesText(page, 'The patch source is set');
            assert.ok(!addresses.join().includes('Geheim'), 'the password is in no address');
            await axe(page);
            const link = page.getByRole('link', { name: 'Go to Live patching' });
            await expect(link).toHaveAttribute('href', '/admin/patches/kernel');
            await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
            await until(async () => (await api(page, 'settings/source')).configured);
            await page.reload();
            await seesText(page, 'A password is saved. Leave this empty to keep it unchanged.');
            await page.getByLabel('Login').fill('other');
            await save(page);
            await until(async () => (await api(page, 'settings/source')).user === 'other');
            assert.equal((await api(page, 'settings/source')).password_set, true);
            await page.getByLabel('Login').fill('customer');
            await save(page);
            await page.waitForFunction(() =>
                document.querySelector('#source-user').value === 'customer');
            const html = await page.content();
            assert.ok(!html.includes('Geheim'), 'the password is nowhere on the page');
            await page.getByRole('button', { name: 'Save', exact: true }).click();
            await seesText(page, 'Nothing was changed, so nothing was saved.');
            await until(async () => (await api(page, 'settings/source')).user === 'customer');
        });

    await test('SRC-3: another server\'s address needs its password; what was typed stays',
        async (page) => {
            await admin(page, '/settings/source');
            await page.getByLabel('URL').fill('http://127.0.0.2:9/elsewhere/');
            await page.getByLabel('Login').fill('somebody');
            await save(page);
            await seesText(page, 'A saved password goes only to the server it was saved for.');
            await expect(page.getByLabel('URL')).toHaveValue('http://127.0.0.2:9/elsewhere/');
            await expect(page.getByLabel('Login')).toHaveValue('somebody');
            await axe(page);
            await page.getByRole('button', { name: 'Test', exact: true }).click();
            await expect(page.getByText('A saved password goes only to')).toHaveCount(2);
            await axe(page);
            assert.equal((await api(page, 'settings/source')).url, SOURCE);
            await page.getByLabel('URL').fill('gopher://127.0.0.1/');
            await page.getByLabel('Password', { exact: true }).fill('other');
            await save(page);
            await seesText(page, 'The patch source\'s address cannot be used: PATCH_SOURCE_URL');
            await expect(page.getByLabel('URL')).toHaveValue('gopher://127.0.0.1/');
            await expect(page.getByLabel('Password', { exact: true })).toHaveValue('other');
            await axe(page);
        });

    await test('SRC-1: new patchsets are looked for at once', async (page) => {
        await admin(page, '/settings/source');
        const button = page.getByRole('button', { name: 'Check for new patchsets now' });
        await button.click();
        await page.getByText(/The list is (new|the same); \d+ downloaded, 0 blocked/).waitFor();
        await axe(page);
        const names = (await api(page, 'patchsets/')).map(({ patchset }) => patchset);
        assert.deepEqual(names, ['K20250101_01', 'K20250201_01']);
    });

    await test('SRC-4: kernel patches of selected distributions only', async (page) => {
        await admin(page, '/settings/source');
        await page.getByLabel('Download patches only for selected distributions').check();
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await seesText(page, 'Select at least one distribution, or download for all.');
        await axe(page);
        assert.deepEqual((await api(page, 'settings/source')).distros, []);
        await page.getByRole('textbox', { name: 'Find a distribution' }).fill('alma');
        await page.getByRole('button', { name: 'Select all' }).click();
        await page.getByRole('checkbox', { name: 'almalinux10' }).uncheck();
        await expect(page.getByRole('checkbox', { name: 'debian12' })).toHaveCount(0);
        await save(page);
        await until(async () => (await api(page, 'settings/source')).distros.length > 0);
        await page.reload();
        await page.getByRole('checkbox', { name: 'almalinux9', exact: true }).waitFor();
        const chosen = (await api(page, 'settings/source')).distros;
        assert.ok(chosen.includes('almalinux9') && !chosen.includes('almalinux10'));
        await axe(page);
        await shots(page, 'settings-source');
        await page.getByRole('button', { name: 'Select none' }).click();
        await seesText(page, '0 of ');
        await page.getByLabel('Download patches only for selected distributions').uncheck();
        await save(page);
        await until(async () => (await api(page, 'settings/source')).distros.length === 0);
    });

    await test('ENV-1: what the environment sets is shown with its reason, not for change',
        async (page) => {
            const files = ['EPORTAL_PATCH_SOURCE_USER', 'EPORTAL_LDAP_CA_FILE'];
            await login(page, 'admin', 'secret');
            writeFileSync(`${ENVDIR}/${files[0]}`, 'from-envdir\n');
            writeFileSync(`${ENVDIR}/${files[1]}`, '/etc/ssl/ca.pem\n');
            try {
                await page.waitForTimeout(1500);
                await page.goto(at('/settings/source'));
                await seesText(page, 'Set by the file EPORTAL_PATCH_SOURCE_USER');
                const user = page.getByLabel('Login');
                await expect(user).toHaveValue('from-envdir');
                await expect(user).toHaveAttribute('readonly', '');
                await axe(page);
                await page.goto(at('/settings/ldap'));
                await seesText(page, 'Set by the environment variable EPORTAL_LDAP_CA_FILE');
                await expect(page.getByLabel('CA file')).toHaveAttribute('readonly', '');
            } finally {
                for (const file of files) {
                    rmSync(`${ENVDIR}/${file}`);
                }
                await page.waitForTimeout(1500);
            }
        });

    await test('LDAP-3: Settings / LDAP, with the syntax and examples', async (page) => {
        await admin(page, '/settings/ldap');
        await seesText(page, 'Login through LDAP is off');
        await seesText(page, '<scheme>://<host>[:port][?params]');
        await seesText(page, '<base>??<scope>?<filter>');
        await page.getByRole('button', { name: 'Fill in the form: Members of one group' }).click();
        await expect(page.getByLabel('URL', { exact: true }).first())
            .toHaveValue('ldap://ldap.forumsys.com?tls=0');
        await seesText(page, 'tls=0: passwords travel to the directory in the clear.');
        await axe(page);
        await shots(page, 'settings-ldap');
    });

    await test('W-10: the directory is tried as a user before it is saved', async (page) => {
        await admin(page, '/settings/ldap');
        await page.locator('#ldap-url').fill(`${LDAP}?tls=0`);
        await page.locator('#ldap-connection_string').fill('uid=%s,dc=example,dc=com');
        await page.locator('#ldap-filter').fill('dc=example,dc=com??one?'
            + '(&(ou=mathematicians)(uniqueMember=uid=%s,dc=example,dc=com))');
        await page.getByLabel('User name').fill('tesla');
        await page.locator('#ldap-test-password').fill('password');
        let steps = await tried(page, 'Test these settings');
        assert.equal(steps.Role, 'not reached');
        await seesText(page, 'The test failed at the step “Filter”.');
        await axe(page);
        await page.getByLabel('User name').fill('gauss');
        await page.getByRole('button', { name: 'Test these settings' }).click();
        await seesText(page, 'All steps went well.');
        steps = await tried(page, 'Test these settings');
        assert.equal(steps.Filter, 'may come in');
        assert.equal((await api(page, 'settings/ldap')).url, null);
    });

    await test('LDAP-4: what cannot be is refused, and stays as it was typed', async (page) => {
        await admin(page, '/settings/ldap');
        await page.locator('#ldap-url').fill('gopher://ldap.example.com');
        await page.locator('#ldap-connection_string').fill('uid=%s,dc=example,dc=com');
        await save(page);
        await page.getByText('ldap://').first().waitFor();
        await page.locator('form .pf-m-danger').first().waitFor();
        await expect(page.locator('#ldap-url')).toHaveValue('gopher://ldap.example.com');
        assert.equal((await api(page, 'settings/ldap')).url, null);
        await axe(page);
    });

    await test('LDAP-13, LDAP-17, LDAP-28: it is saved, and who logs in is among the users',
        async (page, { open }) => {
            await admin(page, '/settings/ldap');
            await page.locator('#ldap-url').fill(`${LDAP}?tls=0`);
            await page.locator('#ldap-connection_string').fill('uid=%s,dc=example,dc=com');
            await save(page);
            await seesText(page, 'Login through LDAP is on.');
            await seesText(page, 'tls=0: passwords travel to the directory in the clear.');
            await axe(page);
            const other = await open();
            await login(other, 'gauss', 'password');
            await page.goto(at('/user/'));
            await page.getByRole('row', { name: /gauss/ }).waitFor();
            await page.goto(at('/settings/ldap'));
            await page.locator('#ldap-url').fill('');
            await page.locator('#ldap-connection_string').fill('');
            await save(page);
            await seesText(page, 'LDAP was switched off.');
        });

    await test('TRAP-11: short passwords are warned of among all settings', async (page) => {
        await admin(page, '/settings/general');
        await seesText(page, 'Passwords of 5 characters are accepted');
        await axe(page);
        await shots(page, 'settings-general');
    });

    await test('every setting with its value, its origin and its meaning', async (page) => {
        await admin(page, '/settings/general');
        const table = page.getByRole('grid', { name: 'General settings' });
        for (const { name, meaning } of await api(page, 'settings')) {
            const row = table.getByRole('row').filter({
                has: page.locator('code', { hasText: new RegExp(`^${name}$`) })
            });
            assert.ok((await row.innerText()).includes(meaning), `${name}: ${meaning}`);
        }
        // One of each origin; what the page says is what the API says.
        writeFileSync(`${ENVDIR}/EPORTAL_CACHE_TTL`, '7200\n');
        try {
            await until(async () => (await api(page, 'settings'))
                .some(({ origin }) => origin.startsWith('envdir ')));
            await page.reload();
            for (const [name, value, kind, text] of [
                ['MIN_FREE_DISK', '1024', /config:\d+$/, 'Set in '],
                ['CACHE_TTL', '7200', /^envdir /, 'Set by the file EPORTAL_CACHE_TTL'],
                ['PATCH_SOURCE_USER', 'customer', /^config\.json$/, 'Saved in this console.'],
                ['LIMIT_PATCHSETS', '0', /^default$/, 'Default value.']
            ]) {
                const setting = (await api(page, 'settings')).find((one) => one.name === name);
                assert.match(setting.origin, kind, name);
                assert.ok(setting.value.includes(value), `${name}: ${setting.value}`);
                const row = table.getByRole('row').filter({
                    has: page.locator('code', { hasText: new RegExp(`^${name}$`) })
                });
                await expect(row).toContainText(setting.value);
                await expect(row).toContainText(text);
                if (kind.source.startsWith('config:')) {
                    await expect(row).toContainText(setting.origin);
                }
            }
        } finally {
            rmSync(`${ENVDIR}/EPORTAL_CACHE_TTL`);
        }
        await until(async () => !(await api(page, 'settings'))
            .some(({ origin }) => origin.startsWith('envdir ')));
        await page.reload();
        await page.getByRole('textbox', { name: 'Find a setting' }).fill('cache_');
        await page.waitForURL(/search=cache_/);
        await seesText(page, '2 settings');
        await page.getByRole('textbox', { name: 'Find a setting' }).fill('');
        await page.waitForURL((url) => !url.search.includes('search'));
        await page.getByRole('switch', { name: 'Changed settings only' }).press('Space');
        await page.waitForURL(/changed=1/);
        await page.getByRole('row', { name: /MIN_FREE_DISK.*1024/ }).waitFor();
        await page.waitForFunction(() => !document.body.innerText.includes('CACHE_TTL'));
        const text = await table.innerText();
        assert.match(text, /PATCH_SOURCE_PASSWORD/);
        assert.ok(!text.includes('Geheim') && !text.includes('CACHE_TTL'));
        await page.goto(at('/settings/general?search=no-such-thing'));
        await page.getByRole('button', { name: 'Show all settings' }).click();
        await seesText(page, 'BASE_');
        await page.goto(at('/settings/general?search=no-such-thing'));
        await seesText(page, 'No setting fits');
        await axe(page);
    });

    await test('SSO-2: without single sign-on the page says what is missing', async (page) => {
        await admin(page, '/settings/sso');
        await seesText(page, 'Missing: OIDC_AUTH_URL, OIDC_TOKEN_URL, OIDC_USERINFO_URL');
        await seesText(page, 'OIDC_CLIENT_SECRET = "..."');
        const steps = await tried(page, 'Test');
        assert.equal(steps.Name, 'not reached');
        await axe(page);
        await shots(page, 'settings-sso');
    });

    await test('USER-9: who may only read sees the source, and no page of administrators',
        async (page) => {
            await login(page, 'reader', 'secret');
            await page.goto(at('/settings/source'));
            await page.getByLabel('URL').waitFor();
            await expect(page.getByLabel('URL')).toHaveAttribute('readonly', '');
            for (const name of ['Save', 'Test', 'Check for new patchsets now']) {
                await expect(page.getByRole('button', { name }), name).toHaveCount(0);
            }
            await axe(page);
            const pages = page.getByRole('navigation', { name: 'Pages' });
            for (const path of ['ldap', 'sso', 'general']) {
                await expect(pages.locator(`a[href$="/settings/${path}"]`)).toHaveCount(0);
                await page.goto(at(`/settings/${path}`));
                await seesText(page, 'This page is for users with the role administrator.');
            }
            await axe(page);
        });
});
