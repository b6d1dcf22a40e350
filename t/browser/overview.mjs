// The overview of the selected servers: see overview.t.
import assert from 'node:assert/strict';
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

async function open(page, path) {
    await login(page, 'admin', 'secret');
    await page.goto(at(path));
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}

const card = (page, title) => page.locator('section.pf-v6-c-card')
    .filter({ has: page.getByRole('heading', { level: 2, name: title }) });

/** All rings are there, each a chunk that came later. */
async function drawn(page) {
    await page.waitForFunction(() =>
        document.querySelectorAll('.ep-ring svg[role=img]').length >= 6);
}

/** The number behind a name in a legend. */
async function legend(page, title, name) {
    const item = card(page, title).locator('.ep-legend li')
        .filter({ has: page.getByText(name, { exact: true }) });
    return Number(await item.locator('.ep-number').textContent());
}

const numberOf = (text) => Number(text.replaceAll(',', ''));

/** Where each part of the rings leads, and what it counts. */
async function legendLinks(page) {
    const items = await page.locator('.ep-legend li').evaluateAll((all) => all.map((item) => ({
        to: item.querySelector('a')?.getAttribute('href') ?? null,
        text: item.querySelector('.ep-number').textContent
    })));
    // What has no servers leads nowhere, and everything else does.
    assert.deepEqual(items.filter(({ to, text }) => (to === null) !== (text === '0')), []);
    return items.filter(({ to }) => to !== null)
        .map(({ to, text }) => ({ to, count: numberOf(text) }));
}

/** The same of the tables: a name counts what the column beside it says. */
async function tableLinks(page) {
    const links = await page.locator('#main table a').evaluateAll((all) => all.map((link) => ({
        to: link.getAttribute('href'),
        text: (link.closest('td').cellIndex === 0
            ? link.closest('td').nextElementSibling : link).textContent
    })));
    return links.map(({ to, text }) => ({ to, count: numberOf(text) }));
}

/** How many servers the list has at an address of the console. */
async function serversOf(page, address) {
    const { origin } = new URL(page.url());
    const url = new URL(address, origin);
    url.searchParams.set('only_count', 'true');
    const answer = await page.request.get(`${origin}/admin/api/servers${url.search}`);
    assert.equal(answer.status(), 200, address);
    return (await answer.json()).count;
}

await suite(async ({ test }) => {
    await test('NEW-OVW-1: the selected servers of all', async (page) => {
        await open(page, '/overview');
        await page.getByText('Selected servers: 25 of 25').waitFor();
        await drawn(page);
        await axe(page);
        await shots(page, 'overview', () => drawn(page));
        await page.goto(at('/overview?key=k1'));
        await page.getByText('Selected servers: 20 of 25').waitFor();
        await page.getByRole('button', { name: 'Remove the filter k1' }).click();
        await page.getByText('Selected servers: 25 of 25').waitFor();
    });

    await test('NEW-OVW-2: uptime in months, longest, mean and median', async (page) => {
        await open(page, '/overview');
        await drawn(page);
        for (const [name, count] of [['Under 6 months', 6], ['6 to 12 months', 6],
            ['12 to 18 months', 6], ['Over 18 months', 6], ['Unknown', 1]]) {
            assert.equal(await legend(page, 'Uptime', name), count, name);
        }
        const uptime = card(page, 'Uptime');
        await uptime.getByText('600 days').waitFor();
        for (const name of ['Maximum', 'Average', 'Median']) {
            await uptime.getByText(name).waitFor();
        }
    });

    await test('NEW-OVW-3: architectures; who did not tell is unknown', async (page) => {
        await open(page, '/overview');
        assert.equal(await legend(page, 'CPU architecture', 'x86_64'), 16);
        assert.equal(await legend(page, 'CPU architecture', 'aarch64'), 8);
        assert.equal(await legend(page, 'CPU architecture', 'unknown'), 1);
    });

    await test('NEW-OVW-4: ten operating systems, the others, and all', async (page) => {
        await open(page, '/overview');
        const table = page.getByRole('grid', { name: 'Operating systems' });
        for (const name of ['KernelCare active', 'KernelCare silent', 'LibCare active',
            'LibCare silent']) {
            await table.getByRole('columnheader', { name }).waitFor();
        }
        const body = table.locator('tbody tr');
        await expect(body).toHaveCount(12);
        const total = body.last();
        await total.getByText('Total', { exact: true }).waitFor();
        await expect(total.locator('td')).toHaveText(['Total', '25', '24', '1', '24', '1']);
        await table.getByRole('button', { name: 'Other (3)' }).click();
        await expect(body).toHaveCount(14);
        await table.getByText('<b>Linux</b>').waitFor();
        await axe(page);
    });

    await test('NEW-OVW-5, NEW-OVW-6: kernels, and all effective ones', async (page) => {
        await open(page, '/overview');
        const kernels = page.getByRole('grid', { name: 'Kernels', exact: true });
        await expect(kernels.locator('tbody tr')).toHaveCount(12);
        await kernels.getByRole('button', { name: 'Other (3)' }).waitFor();
        await page.getByRole('heading', { name: 'Effective kernels (25)' }).waitFor();
        const effective = page.getByRole('grid', { name: 'Effective kernel' });
        await expect(effective.locator('tbody tr')).toHaveCount(25);
        await effective.getByRole('link', { name: '6.1.7-19' }).click();
        await page.waitForURL(/\/servers\?euname=6\.1\.7-19$/);
        await page.getByText('host19.example.com').waitFor();
    });

    await test('NEW-OVW-7: each segment leads to its servers, with the filter kept',
        async (page) => {
            await open(page, '/overview?key=k1');
            await drawn(page);
            // A point of the ring, at half past one.
            const ring = await card(page, 'CPU architecture').locator('.ep-ring svg[role=img]')
                .boundingBox();
            await page.mouse.click(ring.x + 164, ring.y + 36);
            await page.waitForURL(/\/servers\?key=k1&machine=x86_64$/);
            await page.getByRole('grid', { name: 'Servers' }).waitFor();
            await page.goBack();
            await drawn(page);
            await card(page, 'Patches').getByRole('link', { name: 'Out of date' }).focus();
            await page.keyboard.press('Enter');
            await page.waitForURL(/\/servers\?key=k1&is_updated=false$/);
            await page.getByRole('grid', { name: 'Servers' }).waitFor();
            await expect(page.locator('table[aria-label="Servers"] tbody tr')).toHaveCount(10);
        });

    for (const address of ['/overview', '/overview?key=k1']) {
        await test(`NEW-OVW-7: every number of ${address} is that of its servers`,
            async (page) => {
                await open(page, address);
                await drawn(page);
                for (const title of ['State', 'Patches', 'Uptime', 'CPU architecture',
                    'Virtualization', 'Feeds']) {
                    await expect(card(page, title).locator('.ep-legend a').first())
                        .toBeVisible();
                }
                // Both tables are shown in full, each when it is asked to be.
                const others = page.getByRole('button', { name: /^Other/ });
                await expect(others).toHaveCount(2);
                await others.first().click();
                await others.first().click();
                await expect(others).toHaveCount(0);
                const links = [...await legendLinks(page), ...await tableLinks(page)];
                assert.equal(links.some(({ to }) => to.endsWith('machine=unknown')),
                    address === '/overview');
                for (const { to, count } of links) {
                    assert.equal(await serversOf(page, to), count, to);
                }
            });
    }

    await test('NEW-OVW-7: who did not tell is found by that', async (page) => {
        await open(page, '/overview');
        await card(page, 'CPU architecture').getByRole('link', { name: 'unknown' }).click();
        await page.waitForURL(/\/servers\?machine=unknown$/);
        await expect(page.locator('table[aria-label="Servers"] tbody tr')).toHaveCount(1);
    });

    await test('NEW-OVW-1: none that matches', async (page) => {
        await open(page, '/overview?key=nokey');
        await page.getByText('Selected servers: 0 of 25').waitFor();
        await page.getByRole('heading', { name: 'No server matches' }).waitFor();
        await axe(page);
        await page.getByRole('button', { name: 'Clear all filters' }).last().click();
        await page.getByText('Selected servers: 25 of 25').waitFor();
    });
});
