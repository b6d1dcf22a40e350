// A thousand patchsets in ten feeds: see patchsets.t.
import assert from 'node:assert/strict';
import {
    at, axe, download, expect, fitsWindow, login, nextPage, suite
} from './lib/suite.mjs';

const rows = (page) => page.getByRole('grid').locator('tbody tr');

async function open(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await rows(page).first().waitFor();
}

async function firstIs(page, name) {
    await rows(page).first().getByRole('link', { name, exact: true }).waitFor();
}

/** How long something takes is told and not judged: machines differ. */
async function timed(what, action) {
    const begin = performance.now();
    await action();
    console.log(`# 1,000 patchsets in ten feeds: ${what} in `
        + `${Math.round(performance.now() - begin)} ms`);
}

await suite(async ({ test }) => {
    await test('PS-5: 1,000 patchsets in ten feeds, page by page', async (page) => {
        await login(page, 'admin', 'secret');
        await timed('the first rows', async () => {
            await page.goto(at('/patches/kernel'));
            await rows(page).first().waitFor();
        });
        await expect(rows(page)).toHaveCount(50);
        await expect(page.getByRole('columnheader')).toHaveCount(3 + 10 + 1);
        await page.getByRole('button', { name: /1–50 of 1,000/ }).first().waitFor();
        await firstIs(page, 'K20221220_01');
        await timed('the next page', async () => {
            await nextPage(page);
            await firstIs(page, 'K20221026_01');
        });
        await page.getByRole('button', { name: /51–100 of 1,000/ }).first().waitFor();
        await page.waitForURL('**page=2*');
        await fitsWindow(page);
        await axe(page);
    });

    await test('... filtered and sorted', async (page) => {
        await open(page, '/patches/kernel?distro=centos7');
        await page.getByRole('button', { name: /1–50 of 250/ }).first().waitFor();
        await page.getByRole('button', { name: 'Patchset', exact: true }).click();
        await firstIs(page, 'K20200101_01');
        await timed('a search', async () => {
            await page.getByRole('textbox', { name: 'Search by patchset' }).fill('k202205');
            await page.getByRole('button', { name: /1–7 of 7/ }).first().waitFor();
        });
        const file = (await download(page, () =>
            page.getByRole('button', { name: 'CSV' }).click())).split('\r\n');
        assert.equal(file.length, 9);
        assert.match(file[0], /^"patchset","usage","distros","cves","main: state",/);
        assert.match(file[1], /^"K202205\d\d_01",0,"centos7",0,"[a-z ]+",0,/);
    });

    await test('MAN-2: what enabling all of them will change is listed in part',
        async (page) => {
            await open(page, '/patches/kernel?manage=K20221220_01');
            const dialog = page.getByRole('dialog');
            await dialog.getByRole('radiogroup', { name: 'Feed main' })
                .getByLabel('Enable all up to this patchset').check();
            await dialog.getByRole('button', { name: 'Apply…' }).click();
            await dialog.getByText(/^\d+ patchsets will be enabled$/).waitFor();
            await dialog.getByText(/^and \d+ more changes$/).waitFor();
            await expect(dialog.locator('tbody tr')).toHaveCount(200);
        });
});
