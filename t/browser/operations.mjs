// The audit log and the jobs: see operations.t.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const { HOSTILE, DAEMON } = process.env;

async function admin(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
}

/** The objects of the rows, once the first of them is the expected one. */
async function objects(page, first) {
    await page.locator('tbody tr').first().getByText(first, { exact: true }).first().waitFor();
    return page.locator('td[data-label="Object"]').allInnerTexts();
}

await suite(async ({ test }) => {
    await test('NEW-SEC-7: the audit log, newest first, page by page', async (page) => {
        await admin(page, '/audit?action=key.add');
        let names = await objects(page, 'audited-120');
        assert.equal(names.length, 50);
        await page.getByRole('button', { name: 'Older' }).click();
        await page.waitForURL(/before=/);
        names = await objects(page, 'audited-070');
        assert.equal(names.at(-1), 'audited-021');
        await page.getByRole('button', { name: 'Older' }).click();
        names = await objects(page, 'audited-020');
        assert.equal(names.at(-1), 'audited-001');
        await expect(page.getByRole('button', { name: 'Older' })).toBeDisabled();
        await page.getByRole('button', { name: 'Newer' }).click();
        await objects(page, 'audited-070');
        await page.reload();
        await objects(page, 'audited-070');
        await page.getByRole('button', { name: 'Newest' }).click();
        await objects(page, 'audited-120');
        await axe(page);
    });

    await test('NEW-SEC-7: filters live in the address', async (page) => {
        await admin(page, '/audit');
        await page.getByRole('textbox', { name: 'Object' }).fill('audited-007');
        await page.waitForURL(/object=audited-007/);
        assert.deepEqual(await objects(page, 'audited-007'), ['audited-007']);
        await page.getByRole('combobox', { name: 'Action' }).selectOption('user.login');
        await page.getByText('No entry fits').waitFor();
        await axe(page);
        await page.getByRole('button', { name: 'Clear all filters' }).first().click();
        await page.getByRole('combobox', { name: 'Result' }).selectOption('failed');
        await page.waitForURL(/result=failed/);
        await page.getByText('bad-credentials').first().waitFor();
        await page.goto(at('/audit?object=audited-007'));
        await objects(page, 'audited-007');
        const way = page.getByRole('combobox', { name: 'By way of' });
        await way.selectOption('API, password');
        await page.waitForURL(/via=basic/);
        assert.deepEqual(await objects(page, 'audited-007'), ['audited-007']);
        await way.selectOption('console');
        await page.waitForURL(/via=session/);
        await page.getByText('No entry fits').waitFor();
        await page.goto(at('/audit?result=failed'));
        await page.getByRole('textbox', { name: 'User' }).fill('admin');
        await page.getByText('No entry fits').waitFor();
        await page.goto(at('/audit?until=2020-01-01%2000:00'));
        await page.getByText('No entry fits').waitFor();
        // Tokyo is nine hours ahead of UTC.
        await expect(page.locator('#audit-until')).toHaveValue('2020-01-01T09:00');
        await page.locator('#audit-since').fill('2019-12-31T09:00');
        await page.waitForURL(/since=2019-12-31\+00%3A00/);
    });

    await test('NEW-SEC-7: what cannot be asked for is refused and can be mended',
        async (page) => {
            await admin(page, '/audit?since=yesterday');
            await page.getByText('This could not be read').waitFor();
            await axe(page);
            await page.getByRole('button', { name: 'Clear all filters' }).click();
            await objects(page, 'admin');
        });

    await test('NEW-SEC-7: detail of a row; a hostile name is text', async (page) => {
        await admin(page, '/audit?result=failed');
        await page.getByText(HOSTILE).first().waitFor();
        await page.goto(at('/audit?object=audited-007'));
        const toggle = page.getByRole('button', { name: /Detail of entry .*Key created/ });
        await toggle.click();
        await expect(toggle).toHaveAttribute('aria-expanded', 'true');
        await page.getByText('key.add').waitFor();
        await page.getByText('feed', { exact: true }).waitFor();
        await axe(page);
        await shots(page, 'audit', (shown) =>
            shown.locator('tbody button').first().click());
    });

    await test('W-17: the log as a file, filtered as the page is', async (page) => {
        await admin(page, '/audit?object=audited-007');
        for (const [name, file, what] of [
            ['As CSV', 'audit.csv', /"key\.add","audited-007"/],
            ['As JSON', 'audit.json', /"object": ?"audited-007"/]
        ]) {
            await page.getByRole('button', { name: 'Export' }).click();
            await axe(page);
            const [download] = await Promise.all([
                page.waitForEvent('download'),
                page.getByRole('menuitem', { name }).click()
            ]);
            assert.equal(download.suggestedFilename(), file);
            const text = readFileSync(await download.path(), 'utf8');
            assert.match(text, what);
            assert.ok(!text.includes('audited-008'), 'only what fits the filter');
        }
    });

    await test('NEW-SEC-7: the audit log is for administrators', async (page) => {
        await login(page, 'reader', 'secret');
        await page.goto(at('/audit'));
        await page.getByText('This page is for users with the role administrator.').waitFor();
        const pages = page.getByRole('navigation', { name: 'Pages' });
        await pages.getByRole('link', { name: 'Jobs' }).waitFor();
        await expect(pages.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
        await axe(page);
    });

    await test('the jobs: what each does, and running one now', async (page) => {
        await admin(page, '/jobs');
        const row = page.getByRole('row', { name: /Auto-update of feeds/ });
        await row.getByText('Period: 1 minute').waitFor();
        await page.getByText('Off: there is no patch source.').waitFor();
        const ended = async () => (await (await page.request.get(at('/api/jobs'))).json())
            .result.find(({ name }) => name === 'sweep').ended;
        const before = await ended();
        await page.getByRole('button', { name: 'Run now: Tidy up', exact: true }).click();
        await page.waitForResponse(async (response) => response.url().endsWith('/api/jobs')
            && (await response.json()).result.some(({ name, ended, state }) =>
                name === 'sweep' && ended !== before && state === 'waiting'));
        await page.getByRole('row', { name: /Tidy up sweep/ }).getByText('swept').waitFor();
        await axe(page);
        await shots(page, 'jobs');
    });

    await test('who may only read sees the jobs and cannot run them', async (page) => {
        await login(page, 'reader', 'secret');
        await page.goto(at('/jobs'));
        await page.getByRole('row', { name: /Auto-update of feeds/ }).waitFor();
        await expect(page.getByRole('button', { name: /Run now/ })).toHaveCount(0);
        await axe(page);
    });

    await test('without the daemon the page says how to start it', async (page) => {
        process.kill(Number(DAEMON), 'SIGTERM');
        await login(page, 'admin', 'secret');
        await page.goto(at('/jobs'));
        while (await page.getByText('The daemon is not running').count() === 0) {
            await page.waitForTimeout(500);
            await page.reload({ waitUntil: 'networkidle' });
        }
        await page.getByRole('textbox', { name: 'Command that starts the daemon' }).waitFor();
        await expect(page.getByRole('button', { name: /Run now: Tidy up$/ })).toBeDisabled();
        await axe(page);
        await shots(page, 'jobs-no-daemon');
    });
});
