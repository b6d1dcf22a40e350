// A portal without users: see login.t.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('UI-3: without users it has the command that makes one', async (page) => {
        await page.goto(at('/'));
        await page.getByText('This portal has no users yet').waitFor();
        const command = await page.getByRole('textbox').inputValue();
        assert.equal(command, 'kc.eportal user -a admin');
        await expect(page.getByLabel('Password'), 'nothing to fill in').toHaveCount(0);
        await axe(page);
        await shots(page, 'login-first');
        execFileSync(process.env.CLI, ['--config', process.env.CONFIG,
            'user', '-a', '-p', 'secret', 'admin']);
        await page.getByRole('button', { name: 'I have done this' }).click();
        await page.getByLabel('User name').waitFor();
        await login(page, 'admin', 'secret');
    });
});
