// The page of one patchset: see patchset.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const address = '/patches/kernel/K20250201_01';

async function open(page, path = address, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

await suite(async ({ test }) => {
    await test('PS-4: a click on the name shows changelog, CVEs and kernels', async (page) => {
        await open(page, '/patches/kernel');
        await page.getByRole('link', { name: 'K20250201_01', exact: true }).click();
        await page.waitForURL(`**/admin${address}`);
        const changelog = page.getByRole('region', { name: 'Changelog' });
        await changelog.waitFor();
        assert.equal(await changelog.innerText(), '<img src=x onerror=alert(1)>\nSecond line');
        await page.getByText('3 CVEs fixed').waitFor();
        await page.getByText('It patches 1 kernel,').waitFor();
        await axe(page);
        await shots(page, 'patchset');
    });

    await test('CVEs are searched, and new ones told apart', async (page) => {
        await open(page);
        const list = page.getByRole('list', { name: 'CVEs' }).getByRole('listitem');
        await list.first().waitFor();
        await expect(list).toHaveCount(3);
        await page.getByText('Only new').click();
        await page.waitForFunction(() =>
            document.querySelectorAll('.ep-cves > li').length === 2);
        await page.getByRole('textbox', { name: 'Search CVEs' }).fill('0003');
        await page.waitForFunction(() =>
            document.querySelectorAll('.ep-cves > li').length === 1);
        await page.getByRole('textbox', { name: 'Search CVEs' }).fill('none');
        await page.getByText('No CVE fits.').waitFor();
        await axe(page);
    });

    await test('2,000 CVEs come in parts, and are searched and copied as a whole',
        async (page) => {
            await open(page, '/patches/kernel/K20250301_01');
            await page.getByText('2,003 CVEs fixed').waitFor();
            const list = page.getByRole('list', { name: 'CVEs' }).getByRole('listitem');
            await expect(list).toHaveCount(200);
            await page.getByRole('button', { name: 'Copy 2,003 CVEs' }).waitFor();
            await page.getByRole('button', { name: 'Show more (1,803 left)' }).click();
            await expect(list).toHaveCount(700);
            await page.getByRole('button', { name: 'Show more (1,303 left)' }).waitFor();
            await axe(page);
            await page.getByRole('textbox', { name: 'Search CVEs' }).fill('2024-1999');
            await expect(list).toHaveText([/^CVE-2024-1999/]);
            await page.getByRole('button', { name: 'Copy 1 CVE', exact: true }).waitFor();
            await shots(page, 'patchset-cves');
        });

    await test('its state in every feed, and the way to change it', async (page) => {
        await open(page);
        const feeds = page.getByRole('grid', { name: 'State in the feeds' });
        await feeds.waitFor();
        await expect(feeds.getByRole('row', { name: /early/ })).toHaveText(/Enabled/);
        await expect(feeds.getByRole('row', { name: /main/ })).toHaveText(/Undeployed/);
        await page.getByRole('link', { name: 'Manage K20250201_01' }).click();
        await page.getByRole('dialog', { name: 'Manage K20250201_01' }).waitFor();
    });

    await test('a reader sees it all, and no way to change it', async (page) => {
        await open(page, address, 'reader');
        await page.getByText('3 CVEs fixed').waitFor();
        await expect(page.getByRole('link', { name: /^Manage/ })).toHaveCount(0);
    });

    await test('LIB-2: a library patchset names build IDs', async (page) => {
        await open(page, '/patches/user/U20250101_01');
        await page.getByText('It patches 1 build ID.').waitFor();
        await axe(page);
    });

    await test('one that is not there is an error with another try', async (page) => {
        await open(page, '/patches/kernel/K20990101_01');
        await page.getByRole('button', { name: 'Try again' }).waitFor();
        await axe(page);
        await page.goto(at('/patches/frob/K20990101_01'));
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    });
});
