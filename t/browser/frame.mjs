// What is around every page: see frame.t.
import assert from 'node:assert/strict';
import { at, axe, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('an address that leads nowhere says so', async (page) => {
        await page.goto(at('/no/such/page'));
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
        await axe(page);
    });
});
