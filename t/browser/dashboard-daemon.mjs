// The start page of a portal whose daemon meets a dead source: see dashboard.t.
import { axe, expect, login, suite } from './lib/suite.mjs';

const { SOURCE } = process.env;

const section = (page, name) => page.locator('section.pf-v6-c-card').filter({
    has: page.getByRole('heading', { name, exact: true })
});

await suite(async ({ test }) => {
    await test('the jobs that fail are counted, and the source\'s failures in a row',
        async (page) => {
            await login(page, 'admin', 'secret');
            const health = section(page, 'This portal');
            await expect(health).toContainText(SOURCE);
            await expect(health).toContainText(/Failed [4-9] times in a row/);
            await expect(health).toContainText(/[12] jobs? fails?/);
            await expect(health.getByRole('link', { name: 'All jobs' }))
                .toHaveAttribute('href', '/admin/jobs');
            const attention = section(page, 'What needs attention');
            await expect(attention).toContainText(/could not be read [4-9] times in a row/);
            await expect(attention).not.toContainText('The daemon is not running');
            await axe(page);
        });

    await test('a directory whose certificate is not checked is told', async (page) => {
        await login(page, 'admin', 'secret');
        const need = section(page, 'What needs attention').getByRole('listitem')
            .filter({ hasText: 'The certificate of the LDAP server is not checked.' });
        await expect(need.getByRole('link', { name: 'LDAP settings' }))
            .toHaveAttribute('href', '/admin/settings/ldap');
    });
});
