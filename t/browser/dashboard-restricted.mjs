// The start page is for users alone: see dashboard.t.
import assert from 'node:assert/strict';
import { at, login, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('AUTH-1: with AUTH_RESTRICTED_INDEX it leads to the login', async (page) => {
        await page.goto(at('/'));
        await page.getByRole('heading', { name: 'Sign in to ePortal' }).waitFor();
        assert.equal((await page.request.get(at('/api/start'))).status(), 401);
        await login(page, 'reader', 'reading');
        await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    });
});
