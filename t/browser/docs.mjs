// Documentation for agents, and about: see docs.t.
import assert from 'node:assert/strict';
import { at, axe, base, expect, login, shots, suite } from './lib/suite.mjs';

const { DATA } = process.env;
const origin = new URL(base).origin;
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };

async function copied(page, name) {
    await page.getByRole('button', { name }).first().click();
    return page.evaluate(() => navigator.clipboard.readText());
}

await suite(async ({ test }) => {
    await test('AGT-1: how agents come here, at the old address, before there is a key',
        async (page) => {
            await login(page, 'admin', 'secret');
            await page.goto(at('/docs/'));
            await page.getByRole('heading', { level: 1, name: 'Documentation' }).waitFor();
            await page.getByText('There is no key yet').waitFor();
            const link = page.getByRole('link', { name: 'Create a key' });
            await expect(link).toHaveAttribute('href', '/admin/keys/new');
            await axe(page);
            for (const [key, note] of [
                ['first-key', 'Web servers'], ['second-key', '<b>Databases</b>']
            ]) {
                const { csrf } = (await (await page.request.get(at('/api/session'))).json()).result;
                const answer = await page.request.post(at('/api/keys'), {
                    data: { key, note },
                    headers: { 'X-CSRF-Token': csrf, Origin: origin }
                });
                assert.equal(answer.status(), 200, await answer.text());
            }
        });

    await test('AGT-5, AGT-6, AGT-7, AGT-9, AGT-10: the commands have this portal and the key',
        async (page) => {
            await login(page, 'admin', 'secret');
            await page.goto(at('/docs'));
            const register = page.getByRole('textbox', {
            name: 'Register the server', exact: true
        });
            await page.waitForFunction(() => document.querySelector('#docs-key') !== null);
            await page.getByLabel('Key', { exact: true }).selectOption('second-key');
            await expect(register).toHaveValue('kcarectl --register second-key');
            await page.getByRole('option', { name: /<b>Databases<\/b>/ }).waitFor(
                { state: 'attached' });
            assert.equal(await copied(page, 'Copy: Lines of kcare.conf'),
                `AUTO_UPDATE=True\nPATCH_SERVER=${origin}/\n`
                + `REGISTRATION_URL=${origin}/admin/api/kcare`);
            assert.match(await copied(page, 'Copy: Point the agent to this portal'),
                /\/etc\/sysconfig\/kcare\/kcare\.conf/);
            assert.match(await copied(page, 'Copy: Playbook that installs and registers'),
                /activation_key: second-key/);
            await axe(page);
            await shots(page, 'docs');
        }, clipboard);

    await test('the address of the portal can be another one, and must be one', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/docs'));
        await page.getByLabel('Address of this portal').fill('https://portal.example/x?y');
        assert.match(await copied(page, 'Copy: Lines of kcare.conf'),
            /^PATCH_SERVER=https:\/\/portal\.example\/$/m);
        await page.getByLabel('Address of this portal').fill('javascript:alert(1)');
        await page.getByText('This is no address').waitFor();
        assert.match(await copied(page, 'Copy: Lines of kcare.conf'),
            new RegExp(`^PATCH_SERVER=${origin}/$`, 'm'));
        await axe(page);
    }, clipboard);

    await test('copying works over plain http, too', async (page) => {
        await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext',
            { value: false }));
        await login(page, 'admin', 'secret');
        await page.goto(at('/docs'));
        await page.getByRole('button', { name: 'Copy: Set the new address' }).click();
        const field = page.getByLabel('Address of this portal');
        await field.fill('');
        await field.press('Control+V');
        await expect(field).toHaveValue(/PATCH_SERVER=/);
    }, clipboard);

    await test('what the page prints, the portal serves', async (page) => {
        await login(page, 'reader', 'secret');
        await page.goto(at('/docs'));
        await page.getByRole('textbox', {
            name: 'Register the server', exact: true
        }).waitFor();
        await expect(page.getByRole('link', { name: 'Create a key' })).toHaveCount(0);
        const document = await page.getByRole('link', { name: 'Description of the API' })
            .getAttribute('href');
        const answer = await page.request.get(origin + document);
        assert.match((await answer.json()).openapi, /^3\.1/);
        const text = await page.getByRole('main').innerText();
        assert.ok(!/curl [^\n]*(install-kernelcare|set-)/.test(text),
            'no command for scripts that are not served');
        await axe(page);
    });

    await test('about: version, data directory, free software', async (page) => {
        await login(page, 'reader', 'secret');
        await page.goto(at('/about'));
        const { version } = (await (await page.request.get(at('/api/session'))).json()).result;
        await page.getByText(version, { exact: true }).waitFor();
        await page.getByText(DATA, { exact: true }).waitFor();
        await page.getByText('Apache License 2.0').waitFor();
        await page.getByText(/^react 19\./).waitFor();
        await axe(page);
        await shots(page, 'about');
    });
});
