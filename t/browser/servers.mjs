// The list of servers: see servers.t.
import assert from 'node:assert/strict';
import { at, axe, download, expect, login, shots, suite } from './lib/suite.mjs';

const { OLD } = process.env;

/** Open a page of the console as somebody. */
async function open(page, path, user = 'admin') {
    await login(page, user, 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

const table = (page) => page.getByRole('grid', { name: 'Servers' });
const rows = (page) => table(page).locator('tbody tr');

async function countRows(page, count) {
    await page.waitForFunction((n) =>
        document.querySelectorAll('#main table tbody tr').length === n
        && document.querySelector('table[aria-busy="true"]') === null, count);
}

async function addFilter(page, attribute) {
    await page.getByRole('button', { name: 'Add filter' }).click();
    await page.getByRole('menuitem', { name: attribute, exact: true }).click();
    return page.getByRole('group', { name: `Value of the filter ${attribute}` });
}

async function withSelected(page, action) {
    await page.getByRole('button', { name: 'With selected' }).click();
    await page.getByRole('menuitem', { name: action }).click();
    return page.getByRole('dialog');
}

async function selectAll(page) {
    await page.getByRole('button', { name: 'Select servers' }).click();
    await page.getByRole('menuitem', { name: /^Select all that match/ }).click();
}

await suite(async ({ test }) => {
    await test('SRV-4, TRAP-2: all servers, whatever their key', async (page) => {
        await open(page, '/servers?size=50');
        await countRows(page, 33);
        for (const key of ['web', 'db', 'late']) {
            await table(page).getByRole('link', { name: key, exact: true }).first().waitFor();
        }
        await axe(page);
        await shots(page, 'servers', () => countRows(page, 33));
    });

    await test('NEW-SRV-2, STAT-2, STAT-3: counters lead to their servers', async (page) => {
        await open(page, '/servers');
        const counters = page.getByRole('list', { name: 'Servers by state' });
        for (const [name, count] of [['Total', 33], ['Active in 48 hours', 32], ['Silent', 0],
            ['Never checked in', 1], ['Out of date', 1]]) {
            await counters.getByRole('link', { name: `${count}${name}`.trim() })
                .or(counters.getByRole('link', { name: `${count} ${name}` })).waitFor();
        }
        await counters.getByRole('link', { name: /Out of date/ }).click();
        await countRows(page, 1);
        assert.match(page.url(), /\?is_updated=false$/);
        await rows(page).getByText('old.example.com').waitFor();
        await counters.getByRole('link', { name: /Never/ }).click();
        await countRows(page, 1);
        await rows(page).getByText('host.example').waitFor();
        await counters.getByRole('link', { name: /Silent/ }).click();
        await page.getByRole('heading', { name: 'No server matches' }).waitFor();
        await axe(page);
        await page.getByRole('button', { name: 'Clear all filters' }).last().click();
        await countRows(page, 33);
    });

    await test('SRV-2, NEW-SRV-4: address, names, kernel, times, in columns that are '
        + 'chosen and remembered', async (page) => {
        await open(page, '/servers');
        for (const name of ['Hostname', 'IP', 'Tags', 'Effective kernel', 'Registered',
            'Check-in', 'Key', 'Patchset']) {
            await table(page).getByRole('columnheader', { name }).waitFor();
        }
        const row = rows(page).filter({ hasText: 'old.example.com' });
        await row.getByText('127.0.0.1').waitFor();
        await row.getByText('6.8.0-55').waitFor();
        await row.getByRole('link', { name: 'K20250101_01' }).waitFor();
        await expect(row.locator('time')).toHaveCount(2);
        await page.getByRole('button', { name: 'Columns' }).click();
        await page.getByRole('menuitem', { name: 'Server ID' }).click();
        await page.getByRole('menuitem', { name: 'Tags' }).click();
        await axe(page);
        await page.reload();
        await row.getByText(OLD).waitFor();
        await expect(table(page).getByRole('columnheader', { name: 'Tags' })).toHaveCount(0);
        await page.getByRole('button', { name: 'Columns' }).click();
        await page.getByRole('menuitem', { name: 'The usual columns' }).click();
        await table(page).getByRole('columnheader', { name: 'Tags' }).waitFor();
    });

    await test('NEW-SRV-3: sorted by a column, in both directions', async (page) => {
        await open(page, '/servers?key=web');
        const head = table(page).getByRole('columnheader', { name: 'Hostname' });
        await head.getByRole('button').click();
        await page.waitForURL(/sort=hostname/);
        await expect(head).toHaveAttribute('aria-sort', 'ascending');
        await rows(page).first().getByText('old.example.com').waitFor();
        await head.getByRole('button').click();
        await page.waitForURL(/sort=-hostname/);
        await rows(page).first().getByText('web29.example.com').waitFor();
        await expect(head).toHaveAttribute('aria-sort', 'descending');
    });

    await test('NEW-SRV-3: search box, filters as labels in the address', async (page) => {
        await open(page, '/servers');
        const box = page.getByRole('textbox',
            { name: 'Key, Server ID, Hostname, IP, Tag value, Tag' });
        await box.fill('web1');
        await countRows(page, 10);
        assert.match(page.url(), /search=web1/);
        await box.fill('prod');
        await countRows(page, 1);
        await box.fill('');
        await countRows(page, 33);

        const key = await addFilter(page, 'Key');
        await key.getByRole('combobox').fill('d');
        await page.keyboard.press('ArrowDown');
        await axe(page);
        await page.keyboard.press('Enter');
        await page.keyboard.press('Enter');
        await countRows(page, 2);
        assert.match(page.url(), /key=db/);
        const state = await addFilter(page, 'State');
        await state.getByRole('combobox').selectOption('Silent');
        await state.getByRole('button', { name: 'Apply' }).click();
        await page.getByRole('heading', { name: 'No server matches' }).waitFor();
        await page.getByRole('button', { name: 'Remove the filter Silent' }).click();
        await countRows(page, 2);
        const age = await addFilter(page, 'Last check-in');
        await age.getByRole('combobox', { name: 'Last check-in' })
            .selectOption('within the last');
        await age.getByRole('spinbutton').fill('2');
        await axe(page);
        await page.keyboard.press('Enter');
        await page.getByText('within the last 2 days').waitFor();
        assert.match(page.url(), /checkin_age=-2/);
        await countRows(page, 2);
        await page.reload();
        await countRows(page, 2);
        await addFilter(page, 'Patch level');
        await page.keyboard.press('Escape');
        assert.equal(await page.evaluate(() => document.activeElement.textContent),
            'Add filter');
        await page.getByRole('button', { name: 'Clear all filters' }).click();
        await countRows(page, 33);
    });

    await test('menus, open, are as good as the page', async (page) => {
        await open(page, '/servers');
        await countRows(page, 33);
        await page.getByRole('checkbox', { name: 'Select web01.example.com' }).check();
        const menu = page.getByRole('menu');
        for (const name of ['Add filter', 'Select servers', 'With selected',
            'Actions of web01.example.com', /^1–33 of 33/]) {
            await page.getByRole('button', { name }).first().click();
            await menu.waitFor();
            await axe(page);
            await page.keyboard.press('Escape');
            await menu.waitFor({ state: 'detached' });
        }
        await rows(page).locator('time').first().hover();
        await page.getByRole('tooltip').waitFor();
        await axe(page);
    });

    await test('a filter that the portal refuses is told, and can be taken away',
        async (page) => {
            await open(page, '/servers?checkin_age=soon');
            await page.getByRole('heading', { name: 'This could not be read' }).waitFor();
            await page.getByText('checkin_age is a number of days').waitFor();
            await axe(page);
            await page.getByRole('button', { name: 'Clear all filters' }).click();
            await countRows(page, 33);
        });

    await test('PS-2, PS-6: the servers of a patchset, and those of a feed', async (page) => {
        await open(page, '/servers?patchset=K20250201_01&feed=main');
        await countRows(page, 30);
        await page.goto(at('/servers?patchset=K20250101_01'));
        await countRows(page, 1);
        await page.goto(at('/servers?patchset=K20250201_01&feed=slow'));
        await page.getByRole('heading', { name: 'No server matches' }).waitFor();
    });

    await test('W-17: the next page by its cursor, others by their number', async (page) => {
        await open(page, '/servers?size=25');
        const asked = [];
        await countRows(page, 25);
        page.on('request', (request) => {
            const url = new URL(request.url());
            if (url.pathname === '/admin/api/servers') {
                asked.push(url.searchParams);
            }
        });
        const first = await rows(page).first().textContent();
        const pages = page.getByRole('navigation', { name: 'Pages, below the list' });
        await pages.getByRole('button', { name: /next/i }).click();
        await countRows(page, 8);
        assert.match(page.url(), /page=2/);
        assert.ok(asked.at(-1).get('cursor'));
        assert.notEqual(await rows(page).first().textContent(), first);
        await page.goto(at('/servers?page=2&size=25'));
        await countRows(page, 8);
        assert.equal(asked.at(-1).get('offset'), '25');
        await page.goBack();
        await countRows(page, 8);
        await page.goBack();
        await countRows(page, 25);
        assert.equal(await rows(page).first().textContent(), first);
    });

    await test('W-16: tags for some, for a page, for all that fit', async (page) => {
        await open(page, '/servers?key=web&size=25&sort=hostname');
        await countRows(page, 25);
        await page.getByRole('checkbox', { name: 'Select web01.example.com' }).check();
        await page.getByRole('checkbox', { name: 'Select web02.example.com' }).check();
        let dialog = await withSelected(page, 'Add tags');
        await dialog.getByText('2 servers get these tags').waitFor();
        await dialog.getByRole('combobox').fill(':x');
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await dialog.getByText('has no name').waitFor();
        await expect(dialog.getByRole('combobox')).toHaveValue(':x');
        await axe(page);
        await dialog.getByRole('combobox').fill('rack:7; blue');
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await page.getByText('2 servers were tagged').waitFor();
        await rows(page).filter({ hasText: 'web01' }).getByText('rack:7').waitFor();

        await selectAll(page);
        dialog = await withSelected(page, 'Set tags');
        await dialog.getByText('gave 30 servers are replaced').waitFor();
        await dialog.getByRole('combobox').fill('all:30');
        await dialog.getByRole('button', { name: 'Replace' }).click();
        await page.getByText('The tags of 30 servers were replaced').waitFor();
        await page.goto(at('/servers?tag=all:30&size=50'));
        await countRows(page, 30);
        await page.goto(at('/servers?tag=rack'));
        await page.getByRole('heading', { name: 'No server matches' }).waitFor();

        await page.goto(at('/servers?tag=all:30&size=25'));
        await countRows(page, 25);
        await page.getByRole('checkbox', { name: /^Select this page/ }).check();
        await page.getByText('25 selected').waitFor();
        dialog = await withSelected(page, 'Remove tags');
        await dialog.getByRole('combobox').fill('all');
        await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
        await page.getByText('Tags were taken from 25 servers').waitFor();
        await countRows(page, 5);
    });

    await test('W-16: to another key, which must be one', async (page) => {
        await open(page, '/servers?search=web2');
        await countRows(page, 10);
        await selectAll(page);
        const dialog = await withSelected(page, 'Move to another key');
        await dialog.getByRole('combobox').fill('nokey');
        await expect(dialog.getByRole('button', { name: 'Move', exact: true })).toBeDisabled();
        await dialog.getByRole('combobox').fill('late');
        await dialog.getByText('Gets the patches of feed slow').waitFor();
        await axe(page);
        await dialog.getByRole('button', { name: 'Move', exact: true }).click();
        await page.getByText('10 servers were moved to late').waitFor();
        await page.goto(at('/servers?key=late'));
        await countRows(page, 11);
    });

    await test('NEW-SRV-3: the menu of a row leads to its tags, and moves it', async (page) => {
        await open(page, '/servers?search=web21');
        await countRows(page, 1);
        const choose = async (action) => {
            await page.getByRole('button', { name: 'Actions of web21.example.com' }).click();
            await page.getByRole('menuitem', { name: action }).click();
        };
        for (const key of ['db', 'late']) {
            await choose('Move to another key');
            const dialog = page.getByRole('dialog');
            await dialog.getByRole('combobox').fill(key);
            await dialog.getByRole('button', { name: 'Move', exact: true }).click();
            await page.getByText(`1 server was moved to ${key}`).waitFor();
            await rows(page).getByRole('link', { name: key, exact: true }).waitFor();
        }
        await choose('Edit tags');
        await page.waitForURL(/\?tab=tags$/);
        await page.getByRole('button', { name: 'Add new tag' }).waitFor();
    });

    await test('NEW-SRV-3: the list to take away, as the filter has it', async (page) => {
        await open(page, '/servers?key=db');
        await countRows(page, 2);
        await page.getByRole('button', { name: 'Export' }).click();
        await axe(page);
        const file = await download(page, () =>
            page.getByRole('menuitem', { name: /CSV/ }).click());
        assert.equal(file.trim().split('\r\n').length, 3);
        assert.ok(file.includes('<img src=x onerror=alert(1)>'));
        await page.getByRole('button', { name: 'Export' }).click();
        const { result } = JSON.parse(await download(page, () =>
            page.getByRole('menuitem', { name: /JSON/ }).click()));
        assert.deepEqual(result.map(({ key }) => key), ['db', 'db']);
    });

    await test('ASVS 3.2.2: what a hostile agent tells is text', async (page) => {
        const dialogs = [];
        page.on('dialog', (dialog) => { dialogs.push(dialog.message()); });
        await open(page, '/servers?key=db');
        await countRows(page, 2);
        await rows(page).getByText('<img src=x onerror=alert(1)>').waitFor();
        await axe(page);
        await shots(page, 'servers-hostile', () => countRows(page, 2));
        assert.deepEqual(dialogs, []);
    });

    await test('NEW-SRV-3: who only reads sees no boxes and no actions', async (page) => {
        await open(page, '/servers', 'reader');
        await countRows(page, 33);
        await expect(page.getByRole('checkbox')).toHaveCount(0);
        await expect(page.getByRole('button', { name: 'With selected' })).toHaveCount(0);
        await rows(page).first().getByRole('button').last().click();
        await expect(page.getByRole('menuitem')).toHaveText(['View']);
        await axe(page);
    });

    await test('KEY-5, KEY-6, SRV-1, SRV-3: servers of a key, and deleting them there',
        async (page) => {
            await open(page, '/servers?key=late&sort=hostname&size=50');
            await countRows(page, 11);
            await rows(page).filter({ hasText: 'web20' }).getByRole('button').last().click();
            await page.getByRole('menuitem', { name: 'Delete' }).click();
            let dialog = page.getByRole('dialog');
            await dialog.getByText('Delete web20.example.com?').waitFor();
            await axe(page);
            await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
            await page.getByText('web20.example.com was deleted').waitFor();
            await countRows(page, 10);
            await page.goto(at('/servers?key=web&size=50'));
            await countRows(page, 20);
            await selectAll(page);
            dialog = await withSelected(page, 'Delete');
            await dialog.getByText('Delete 20 servers?').waitFor();
            const button = dialog.getByRole('button', { name: 'Delete', exact: true });
            await expect(button).toBeDisabled();
            await dialog.getByRole('textbox').fill('2');
            await expect(button).toBeDisabled();
            await axe(page);
            await dialog.getByRole('textbox').fill('20');
            await button.click();
            await page.getByText('20 servers were deleted').waitFor();
            await page.getByRole('heading', { name: 'No server matches' }).waitFor();
        });

    await test('no server at all: how to register the first', async (page) => {
        await open(page, '/servers');
        await countRows(page, 12);
        await selectAll(page);
        const dialog = await withSelected(page, 'Delete');
        await dialog.getByRole('textbox').fill('12');
        await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
        await page.getByRole('heading', { name: 'No server has registered yet' }).waitFor();
        const { origin } = new URL(process.env.BASE);
        const lines = page.getByRole('main').locator('pre');
        for (const text of ['yum install -y kernelcare || apt-get install -y kernelcare',
            `PATCH_SERVER=${origin}/`, 'kcarectl --register ']) {
            await expect(lines).toContainText(text);
        }
        await expect(lines, 'no script that is not served').not.toContainText('curl');
        await page.getByRole('link', { name: 'How to install' }).waitFor();
        await axe(page);
        await shots(page, 'servers-none', async () => undefined);
    });
});
