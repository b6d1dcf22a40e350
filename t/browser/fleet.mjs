// The list with 100,000 servers: see fleet.t.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

async function open(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await page.getByRole('grid', { name: 'Servers' }).waitFor();
}

const rows = (page) => page.getByRole('grid', { name: 'Servers' }).locator('tbody tr');

/** The text where it can be seen: wide and narrow pagers have one each. */
const shown = (page, text) => page.getByText(text).filter({ visible: true }).first();

await suite(async ({ test }) => {
    await test('W-17: 100,000 servers, the first page and the last', async (page) => {
        await open(page, '/servers?sort=hostname');
        await page.getByRole('link', { name: /^100,000\s*Total$/ }).waitFor();
        await shown(page, '1–50 of 100,000').waitFor();
        const pages = page.getByRole('navigation', { name: 'Pages, below the list' });
        await pages.getByRole('button', { name: /last/i }).click();
        await shown(page, '99,951–100,000 of 100,000').waitFor();
        await page.locator('table[aria-busy="false"]').waitFor();
        await expect(rows(page)).toHaveCount(50);
        await axe(page);
        await shots(page, 'fleet', () => page.locator('tbody tr').first().waitFor());
        await pages.getByRole('spinbutton').fill('1000');
        await page.keyboard.press('Enter');
        await page.waitForURL(/page=1000/);
        await shown(page, '49,951–50,000 of 100,000').waitFor();
    });

    await test('NEW-SRV-3: the list and the counters of a filter', async (page) => {
        await open(page, '/servers');
        await page.getByRole('textbox', { name: /^Key, Server ID/ }).fill('web');
        await page.waitForURL(/search=web/);
        await page.locator('table[aria-busy="false"]').waitFor();
        await page.getByRole('link', { name: /Silent/ }).click();
        await page.waitForURL(/\?state=silent$/);
        await rows(page).getByText('Silent').first().waitFor();
    });

    await test('NEW-OVW-1: their overview', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/overview'));
        await page.getByText('Selected servers: 100,000 of 100,000').waitFor();
        await page.waitForFunction(() =>
            document.querySelectorAll('.ep-ring svg[role=img]').length >= 6);
        await shots(page, 'fleet-overview', () => page.locator('.ep-ring svg').first()
            .waitFor());
    });

    await test('W-16: a tag for those of a filter, and for no others', async (page) => {
        await open(page, '/servers?state=silent');
        const counter = page.getByRole('link', { name: /Silent$/ });
        await expect(counter).toHaveText(/\d/);
        const silent = /[\d,]+/.exec(await counter.textContent())[0];
        assert.notEqual(silent, '0');
        await page.getByRole('button', { name: 'Select servers' }).click();
        await page.getByRole('menuitem', { name: `Select all that match (${silent})` }).click();
        await page.getByRole('button', { name: 'With selected' }).click();
        await page.getByRole('menuitem', { name: 'Add tags' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText(`${silent} servers get these tags`).waitFor();
        await dialog.getByRole('combobox').fill('asleep');
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await page.getByText(`${silent} servers were tagged`).waitFor({ timeout: 180_000 });
        await page.goto(at('/servers?tag=asleep'));
        await shown(page, `1–50 of ${silent}`).waitFor();
        for (const state of ['active', 'never']) {
            await page.goto(at(`/servers?tag=asleep&state=${state}`));
            await page.getByRole('heading', { name: 'No server matches' }).waitFor();
        }
    });

    await test('W-16: a tag for all that fit, and how far it is', async (page) => {
        await open(page, '/servers');
        await page.getByRole('button', { name: 'Select servers' }).click();
        await page.getByRole('menuitem', { name: /100,000/ }).click();
        await page.getByRole('button', { name: 'With selected' }).click();
        await page.getByRole('menuitem', { name: 'Add tags' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('100,000 servers get these tags').waitFor();
        await dialog.getByRole('combobox').fill('wave:1');
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await dialog.getByRole('progressbar', { name: /^Servers/ }).waitFor();
        await axe(page);
        await page.getByText('100,000 servers were tagged').waitFor({ timeout: 180_000 });
        await page.goto(at('/servers?tag=wave:1'));
        await shown(page, '1–50 of 100,000').waitFor();
    });

    await test('NEW-SRV-3: all of them to take away', async (page) => {
        await open(page, '/servers?tag=wave');
        await page.getByRole('button', { name: 'Export' }).click();
        const waiting = page.waitForEvent('download', { timeout: 120_000 });
        await page.getByRole('menuitem', { name: /CSV/ }).click();
        const path = await (await waiting).path();
        let lines = 0;
        for await (const line of createInterface({ input: createReadStream(path) })) {
            lines += line === '' ? 0 : 1;
        }
        assert.equal(lines, 100_001);
    });
});
