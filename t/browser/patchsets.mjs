// The matrices of patchsets and feeds, and the Manage dialog: see patchsets.t.
import assert from 'node:assert/strict';
import { at, axe, base, expect, fitsWindow, login, shots, suite } from './lib/suite.mjs';

const { HOSTILE } = process.env;

async function open(page, path, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

const row = (page, name) => page.getByRole('row').filter({
    has: page.getByRole('link', { name, exact: true })
});

/** The cell of a patchset in a feed: feeds in the table's order. */
const cell = (page, name, feed) => row(page, name).getByRole('gridcell')
    .nth(2 + ['main', 'doomed', 'early'].indexOf(feed));

const group = (page, feed) => page.getByRole('radiogroup', { name: `Feed ${feed}` });

/** The API, as the administrator by another way. */
async function api(page, method, path) {
    const response = await page.request.fetch(`${base}/api/${path}`, {
        method, headers: { Authorization: `Basic ${btoa('admin:secret')}` }
    });
    assert.ok(response.ok(), `${method} ${path}: ${response.status()}`);
    return response.json();
}

async function stateOf(page, name, feed) {
    const { result } = await api(page, 'GET', `patchsets/matrix?patchset=${name}`);
    return result.patchsets[0].feeds.find((one) => one.feed === feed).status;
}

/** Choose in the dialog, look at what will change, and do it. */
async function manage(page, name, feed, action, change) {
    await row(page, name).getByRole('button', { name: `Manage ${name}` }).click();
    await group(page, feed).getByLabel(action, { exact: true }).check();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Apply…' }).click();
    for (const text of [change].flat()) {
        await dialog.getByText(text, { exact: true }).first().waitFor();
    }
    await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText(`Feeds were changed by ${name}: ${feed}`).first().waitFor();
}

await suite(async ({ test }) => {
    await test('PS-1, PS-2, PS-3: usage, distribution, name, and where they lead',
        async (page) => {
            await open(page, '/patches/kernel');
            const first = row(page, 'K20250101_01');
            await first.getByText('2 CVEs').waitFor();
            await first.getByText('centos7').waitFor();
            await first.getByRole('link', { name: 'and 1 more' }).waitFor();
            await expect(first.getByRole('link', { name: 'K20250101_01', exact: true }))
                .toHaveAttribute('href', '/admin/patches/kernel/K20250101_01');
            await first.getByRole('link', { name: '4 servers run K20250101_01' }).click();
            await page.waitForURL('**/servers?patchset=K20250101_01');
        });

    await test('PS-5, PS-6: a column a feed, with state and servers', async (page) => {
        await open(page, '/patches/kernel');
        const head = page.getByRole('columnheader').filter({ hasText: 'early' });
        await head.getByText('Auto', { exact: true }).waitFor();
        await head.getByText('Test', { exact: true }).waitFor();
        await expect(head.getByRole('link', { name: '2 servers in feed early' }))
            .toHaveAttribute('href', '/admin/servers?feed=early');
        await cell(page, 'K20250101_01', 'main').getByText('Enabled', { exact: true }).waitFor();
        await cell(page, 'K20250101_01', 'main')
            .getByRole('link', { name: '3 servers in feed main run K20250101_01' }).click();
        await page.waitForURL('**/servers?feed=main&patchset=K20250101_01');
    });

    await test('NEW-PS-1, NEW-PS-2, NEW-PS-3, NEW-PS-4: every state, and what it means',
        async (page) => {
            await open(page, '/patches/kernel?unavailable=true');
            for (const [name, feed, state] of [
                ['K20250101_01', 'main', 'Enabled'], ['K20250201_01', 'main', 'Disabled'],
                ['K20250301_01', 'main', 'Undeployed'], ['K20250501_01', 'early', 'Enabled (!)'],
                ['K20250601_01', 'main', 'Blocked'], ['K20250701_01', 'main', 'Not downloaded'],
                ['K20250801_01', 'main', 'Not available']
            ]) {
                await cell(page, name, feed).getByText(state, { exact: true }).waitFor();
            }
            await page.getByText('1 patchset is enabled, but no longer offered').waitFor();
            await page.getByRole('button', { name: 'What do the states mean?' }).focus();
            await page.keyboard.press('Enter');
            await page.getByText('It is on this portal, but not in the feed.').waitFor();
            await axe(page);
            await page.keyboard.press('Escape');
            await page.getByRole('button', { name: 'Show it' }).click();
            await page.waitForURL('**state=enabled-warning');
            await row(page, 'K20250101_01').waitFor({ state: 'detached' });
            await expect(page.locator('tbody tr')).toHaveCount(1);
        });

    await test('UI-1: the page in both languages, both themes, and on a phone',
        async (page) => {
            await open(page, '/patches/kernel');
            await row(page, 'K20250101_01').waitFor();
            await axe(page);
            await shots(page, 'patchsets', () => row(page, 'K20250101_01').waitFor());
        });

    await test('NEW-PS-6: what is not available is shown when it is asked for',
        async (page) => {
            await open(page, '/patches/kernel');
            await row(page, 'K20250701_01').waitFor();
            await expect(row(page, 'K20250801_01')).toHaveCount(0);
            await page.getByText('Show unavailable patchsets').click();
            await row(page, 'K20250801_01').waitFor();
            await page.reload();
            await row(page, 'K20250801_01').waitFor();
        });

    await test('NEW-PS-5: only what is in use', async (page) => {
        await open(page, '/patches/kernel');
        await page.getByText('Only in use').click();
        await row(page, 'K20250701_01').waitFor({ state: 'detached' });
        await expect(page.locator('tbody tr')).toHaveCount(2);
        await page.waitForURL('**used=true');
    });

    await test('NEW-PS-1, NEW-PS-11: distributions are chosen, and in the title',
        async (page) => {
            await open(page, '/patches/kernel');
            await page.getByRole('heading', { name: 'Available KernelCare patchsets' }).waitFor();
            const menu = page.getByRole('button', { name: 'Distribution' });
            await menu.click();
            await axe(page);
            await page.getByRole('menuitem', { name: 'centos7' }).click();
            await page.getByRole('menuitem', { name: 'ubuntu20.04' }).click();
            await page.keyboard.press('Escape');
            await page.getByRole('heading', {
                name: 'Available KernelCare patchsets centos7, ubuntu20.04'
            }).waitFor();
            await page.waitForURL('**distro=centos7&distro=ubuntu20.04');
            await row(page, 'K20250201_01').waitFor({ state: 'detached' });
            await row(page, 'K20250701_01').waitFor();
            await page.getByRole('button', { name: 'Remove the filter ubuntu20.04' }).click();
            await row(page, 'K20250701_01').waitFor({ state: 'detached' });
            await page.getByRole('textbox', { name: 'Search by patchset' }).fill('nothing');
            await page.getByText('No patchset fits').waitFor();
            await axe(page);
            await page.getByRole('button', { name: 'Clear all filters' }).first().click();
            await row(page, 'K20250201_01').waitFor();
        });

    await test('DB-3: the newest is first until the order is changed', async (page) => {
        await open(page, '/patches/kernel');
        const first = page.locator('tbody tr').first();
        await first.getByRole('link', { name: 'K20250701_01', exact: true }).waitFor();
        await page.getByRole('button', { name: 'Patchset', exact: true }).click();
        await first.getByRole('link', { name: 'K20250101_01', exact: true }).waitFor();
        await page.getByRole('button', { name: 'Usage', exact: true }).click();
        await page.waitForURL('**sort=-usage');
        await first.getByRole('link', { name: 'K20250101_01', exact: true }).waitFor();
    });

    await test('what the source and archives say is text', async (page) => {
        await open(page, `/patches/kernel?distro=${encodeURIComponent(HOSTILE)}`);
        await page.getByRole('heading', { level: 1 }).getByText(HOSTILE).waitFor();
        await row(page, 'K20250201_01').getByText(HOSTILE).waitFor();
        await page.goto(at('/patches/kernel?state=not-downloaded'));
        await cell(page, 'K20250701_01', 'early').getByText(HOSTILE).waitFor();
        await expect(page.locator('img[src=x]')).toHaveCount(0);
        await axe(page);
    });

    await test('LIB-2, QEMU-2: LibCare and QEMUcare have pages, DBCare without patchsets '
        + 'is not in the navigation', async (page) => {
        await open(page, '/patches/kernel');
        await page.getByRole('link', { name: 'LibCare' }).click();
        await row(page, 'U20250101_01').waitFor();
        await page.getByRole('link', { name: 'QEMUcare' }).click();
        await row(page, 'U20250101_01-qemu').waitFor();
        await expect(page.getByRole('link', { name: 'DBCare' })).toHaveCount(0);
    });

    await test('no patchsets: what to do next', async (page) => {
        await open(page, '/patches/db');
        await page.getByRole('heading', { name: 'No DBCare patchsets yet' }).waitFor();
        await expect(page.getByLabel('Command that deploys an archive'))
            .toHaveValue('kc.eportal db deploy FILE');
        await axe(page);
        await shots(page, 'patchsets-empty');
        await page.getByRole('link', { name: 'Set up the patch source' }).click();
        await page.waitForURL('**/settings/source');
    });

    await test('a product that there is not', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/patches/windows'));
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    });

    await test('a read-only user looks and does not manage', async (page) => {
        await open(page, '/patches/kernel?manage=K20250101_01', 'reader');
        await row(page, 'K20250101_01').waitFor();
        await expect(page.getByRole('dialog')).toHaveCount(0);
        await expect(page.getByRole('button', { name: /Manage/ })).toHaveCount(0);
        await page.goto(at('/patches/db'));
        await page.getByText('An administrator can set up a patch source').waitFor();
    });

    await test('on a phone the table scrolls, and the page does not', async (page) => {
        await open(page, '/patches/kernel?manage=K20250301_01');
        await group(page, 'main').waitFor();
        await axe(page);
        await fitsWindow(page);
        await page.getByRole('button', { name: 'Cancel' }).click();
        await fitsWindow(page);
        const [inner, outer] = await page.locator('.ep-matrix').evaluate((box) =>
            [box.scrollWidth, box.clientWidth]);
        assert.ok(inner > outer, 'the table is wider than its frame');
        await axe(page);
    }, { viewport: { width: 390, height: 844 } });

    await test('PS-7, MAN-1: the dialog has an action a feed, and does nothing by itself',
        async (page) => {
            await open(page, '/patches/kernel');
            const button = row(page, 'K20250301_01')
                .getByRole('button', { name: 'Manage K20250301_01' });
            await button.click();
            await page.waitForURL('**manage=K20250301_01');
            const dialog = page.getByRole('dialog');
            for (const feed of ['doomed', 'early', 'main']) {
                await expect(group(page, feed).getByLabel('Do nothing'), feed).toBeChecked();
            }
            await expect(dialog.getByRole('button', { name: 'Apply…' })).toBeDisabled();
            await axe(page);
            await dialog.getByRole('button', { name: 'Enable in all feeds' }).click();
            await dialog.getByRole('button', { name: 'Apply…' }).click();
            await dialog.getByText('Stays as it is').waitFor();
            await dialog.getByText('Undeployed → Enabled').first().waitFor();
            await axe(page);
            await dialog.getByRole('button', { name: 'Back' }).click();
            await expect(group(page, 'main').getByLabel('Enable', { exact: true }),
                'the choices are kept')
                .toBeChecked();
            await page.keyboard.press('Escape');
            await dialog.waitFor({ state: 'detached' });
            assert.ok(await button.evaluate((one) => one === document.activeElement),
                'the focus is back');
            assert.equal(await stateOf(page, 'K20250301_01', 'main'), 'undeployed');
        });

    await test('MAN-1: the dialog and its preview as pictures', async (page) => {
        await open(page, '/patches/kernel?manage=K20250301_01');
        await shots(page, 'patchsets-manage', () =>
            page.locator('#manage-0-nothing').waitFor());
        await shots(page, 'patchsets-preview', async () => {
            const dialog = page.getByRole('dialog');
            await dialog.locator('#manage-0-enable-upto').check();
            await dialog.locator('footer button').first().click();
            await dialog.locator('dl').waitFor();
        });
    });

    await test('MAN-3, MAN-4: enable and disable this patchset', async (page) => {
        await open(page, '/patches/kernel');
        await manage(page, 'K20250401_01', 'main', 'Enable',
            ['1 patchset will be enabled', 'Undeployed → Enabled']);
        await cell(page, 'K20250401_01', 'main').getByText('Enabled', { exact: true }).waitFor();
        assert.equal(await stateOf(page, 'K20250301_01', 'main'), 'undeployed');
        await manage(page, 'K20250401_01', 'main', 'Disable',
            ['1 patchset will be disabled', 'Enabled → Disabled']);
        await cell(page, 'K20250401_01', 'main').getByText('Disabled', { exact: true }).waitFor();
        await manage(page, 'K20250401_01', 'main', 'Enable', 'Disabled → Enabled');
    });

    await test('NEW-PS-8: undeploy it and all newer ones', async (page) => {
        await open(page, '/patches/kernel');
        await manage(page, 'K20250401_01', 'main', 'Undeploy down to this patchset',
            ['1 patchset will be undeployed', 'Enabled → Undeployed']);
        await cell(page, 'K20250401_01', 'main').getByText('Undeployed').waitFor();
    });

    await test('MAN-2, MAN-5: enable all up to this one, but not what is disabled',
        async (page) => {
            await open(page, '/patches/kernel');
            await manage(page, 'K20250401_01', 'main', 'Enable all up to this patchset',
                '2 patchsets will be enabled');
            for (const [name, state] of [['K20250201_01', 'disabled'],
                ['K20250301_01', 'enabled'], ['K20250401_01', 'enabled'],
                ['K20250501_01', 'undeployed']]) {
                assert.equal(await stateOf(page, name, 'main'), state, name);
            }
        });

    await test('MAN-4: disable in all feeds', async (page) => {
        await open(page, '/patches/kernel?manage=K20250301_01');
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('button', { name: 'Disable in all feeds' }).click();
        await dialog.getByRole('button', { name: 'Apply…' }).click();
        await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
        await dialog.waitFor({ state: 'detached' });
        for (const feed of ['doomed', 'early', 'main']) {
            assert.equal(await stateOf(page, 'K20250301_01', feed), 'disabled', feed);
        }
    });

    await test('nothing to change is said, and cannot be applied', async (page) => {
        await open(page, '/patches/kernel?manage=K20250201_01');
        const dialog = page.getByRole('dialog');
        await group(page, 'main').getByLabel('Disable', { exact: true }).check();
        await dialog.getByRole('button', { name: 'Apply…' }).click();
        await dialog.getByText('Nothing would change').waitFor();
        await expect(dialog.getByRole('button', { name: 'Apply', exact: true })).toBeDisabled();
        await axe(page);
    });

    await test('NEW-PS-3: what is blocked cannot be managed', async (page) => {
        await open(page, '/patches/kernel?manage=K20250601_01');
        await page.getByText('Blocked by the patch source').first().waitFor();
        await expect(page.getByRole('radio')).toHaveCount(0);
        await axe(page);
    });

    await test('NEW-PS-7: what is not downloaded waits for it', async (page) => {
        await open(page, '/patches/kernel');
        await cell(page, 'K20250701_01', 'early').getByText('The download failed').waitFor();
        await row(page, 'K20250701_01').getByRole('button', { name: /Manage/ }).click();
        await expect(group(page, 'main').getByLabel('Disable', { exact: true })).toBeDisabled();
        await page.keyboard.press('Escape');
        await manage(page, 'K20250701_01', 'main', 'Enable',
            'Will be enabled after its download');
        await cell(page, 'K20250701_01', 'main').getByText('Waiting for download').waitFor();
    });

    await test('a patchset that there is not, in the dialog', async (page) => {
        await open(page, '/patches/kernel?manage=K20240101_01');
        await page.getByText('There is no such patchset.').waitFor();
        await axe(page);
    });

    await test('MAN-1: what the portal refuses is said, and the choices stay',
        async (page) => {
            await open(page, '/patches/kernel?manage=K20250401_01');
            const dialog = page.getByRole('dialog');
            await group(page, 'doomed').getByLabel('Enable', { exact: true }).check();
            await group(page, 'main').getByLabel('Disable', { exact: true }).check();
            // Both steps meet a feed that somebody else has deleted.
            await dialog.getByRole('button', { name: 'Apply…' }).click();
            await dialog.getByText('Enabled → Disabled').waitFor();
            await api(page, 'DELETE', 'feeds/doomed');
            await dialog.getByRole('button', { name: 'Apply', exact: true }).click();
            await dialog.getByText('Error:').waitFor();
            await axe(page);
            await dialog.getByRole('button', { name: 'Back' }).click();
            await expect(group(page, 'main').getByLabel('Disable', { exact: true }),
                'nothing is lost')
                .toBeChecked();
            assert.equal(await stateOf(page, 'K20250401_01', 'main'), 'enabled');
        });
});
