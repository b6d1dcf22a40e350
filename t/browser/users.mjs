// Users and failed logins: see users.t.
import { at, axe, expect, login, shots, suite } from './lib/suite.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>/..';

function row(page, name) {
    return page.getByRole('row').filter({ hasText: name });
}

/** Choose something from a user's menu. */
async function act(page, name, action) {
    await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
    await page.getByRole('menuitem', { name: action }).click();
    await page.getByRole('dialog').waitFor();
}

async function open(page) {
    await page.goto(at('/settings/users'));
    await page.getByRole('grid', { name: 'Users' }).waitFor();
}

await suite(async ({ test }) => {
    await test('LDAP-28, LDAP-29: at the old address are users of all kinds', async (page) => {
        await login(page, 'admin', 'secret');
        await page.goto(at('/user/'));
        await page.waitForURL((url) => url.pathname === '/admin/settings/users');
        await row(page, 'tesla').getByText('LDAP').first().waitFor();
        await row(page, 'reader').getByText('Local').waitFor();
        await row(page, 'the first').getByText('Administrator').waitFor();
        await axe(page);
        await shots(page, 'users');
    });

    await test('names and descriptions are text, whatever they say', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await row(page, HOSTILE).getByText('<script>alert(1)</script>').waitFor();
        await act(page, HOSTILE, 'Delete');
        await page.getByRole('heading', { name: `Delete user ${HOSTILE}?` }).waitFor();
        await axe(page);
        await page.getByRole('button', { name: 'Delete', exact: true }).click();
        await page.getByText('was deleted.').waitFor();
        await expect(row(page, HOSTILE)).toHaveCount(0);
    });

    await test('the menus of a user and of the pages, open, are as good as the page',
        async (page) => {
            await login(page, 'admin', 'secret');
            await open(page);
            const menu = page.getByRole('menu');
            for (const name of ['Actions for reader', /^1–\d of \d\. Rows on a page$/]) {
                await page.getByRole('button', { name }).click();
                await menu.waitFor();
                await axe(page);
                await page.keyboard.press('Escape');
                await menu.waitFor({ state: 'detached' });
            }
        });

    await test('search, order and page live in the address', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await page.getByRole('textbox', { name: 'Find a user' }).fill('FIRST');
        await page.waitForURL((url) => url.searchParams.get('search') === 'FIRST');
        await row(page, 'reader').waitFor({ state: 'detached' });
        await row(page, 'the first').waitFor();
        await page.goto(at('/settings/users?sort=-username'));
        await row(page, 'tesla').waitFor();
        await expect(page.getByRole('row').nth(1)).toHaveText(/tesla/);
        await page.goto(at('/settings/users?search=nobody-is-called-so'));
        await page.getByText('No user is like that').waitFor();
        await axe(page);
    });

    await test('TRAP-11: short passwords are warned of, shorter ones refused', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await page.getByText('Passwords may be as short as 5 characters').waitFor();
        await page.getByRole('button', { name: 'Add user' }).click();
        const dialog = page.getByRole('dialog');
        const add = dialog.getByRole('button', { name: 'Add user' });
        await dialog.getByLabel('Username').fill('admin');
        await dialog.getByText('There is a user of this name already.').waitFor();
        await dialog.getByLabel('Username').fill('newcomer');
        await dialog.locator('#user-password').fill('four');
        await expect(add).toBeDisabled();
        await dialog.locator('#user-password').fill('seven77');
        await dialog.getByText('this is easily guessed').waitFor();
        await axe(page);
        await dialog.locator('#user-password').fill('a long password');
        await dialog.getByLabel('Description').fill('new here');
        await add.click();
        await page.getByText('User newcomer was added.').waitFor();
        await row(page, 'newcomer').getByText('Read-only').waitFor();
        await row(page, 'newcomer').getByText('new here').waitFor();
    });

    await test('what the portal refuses is said in the dialog, which keeps all', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await page.getByRole('button', { name: 'Add user' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Username').fill('x'.repeat(200));
        await dialog.locator('#user-password').fill('a long password');
        await dialog.getByRole('button', { name: 'Add user' }).click();
        await dialog.getByText('1 to 128 bytes').waitFor();
        await expect(dialog.locator('#user-password')).toHaveValue('a long password');
        await axe(page);
    });

    await test('LDAP-30: clearing Read-only makes an administrator', async (page, more) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await page.getByRole('button', { name: 'Actions for tesla' }).click();
        await expect(page.getByRole('menuitem', { name: 'Set a new password' })).toHaveCount(0);
        await page.keyboard.press('Escape');
        await act(page, 'tesla', 'Edit');
        const dialog = page.getByRole('dialog');
        await dialog.getByText('This user comes from LDAP').waitFor();
        await expect(dialog.locator('input[type=password]')).toHaveCount(0);
        await axe(page);
        await dialog.getByLabel('Read-only').uncheck();
        await dialog.getByRole('button', { name: 'Save' }).click();
        await page.getByText('User tesla was changed.').waitFor();
        await row(page, 'tesla').getByText('Administrator').waitFor();
        const other = await more.open();
        await login(other, 'tesla', 'password');
        await open(other);
        await other.getByRole('button', { name: 'Add user' }).waitFor();
    });

    await test('who takes his own role is told, and the last one cannot', async (page) => {
        await login(page, 'admin', 'secret');
        await open(page);
        await act(page, 'admin', 'Edit');
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Read-only').check();
        await dialog.getByText('You take your own role away').waitFor();
        await axe(page);
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await act(page, 'tesla', 'Edit');
        await dialog.getByLabel('Read-only').check();
        await dialog.getByRole('button', { name: 'Save' }).click();
        await row(page, 'tesla').getByText('Read-only').waitFor();
        await act(page, 'admin', 'Edit');
        await expect(dialog.getByLabel('Read-only')).toBeDisabled();
        await dialog.getByText('The last administrator stays one').waitFor();
    });

    await test('a new password ends the sessions of the old one', async (page, more) => {
        const other = await more.open();
        await login(other, 'newcomer', 'a long password');
        await login(page, 'admin', 'secret');
        await open(page);
        await act(page, 'newcomer', 'Set a new password');
        await page.locator('#reset-password').fill('another password');
        await axe(page);
        await page.getByRole('button', { name: 'Set a new password' }).click();
        await page.getByText('newcomer has a new password').waitFor();
        await other.reload();
        await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
        await login(other, 'newcomer', 'another password');
    });

    await test('failed logins are shown, and can be forgotten', async (page) => {
        await page.request.post(at('/api/login'), { data: { username: 'guess', password: 'x' } });
        await login(page, 'admin', 'secret');
        await open(page);
        await row(page, 'guess').getByText('User').waitFor();
        await axe(page);
        await page.getByRole('button', { name: 'Clear the failed logins of guess' }).click();
        await page.getByText('The failed logins of guess are forgotten.').waitFor();
        await page.request.post(at('/api/login'), { data: { username: 'guess', password: 'x' } });
        await page.reload();
        await page.getByRole('button', { name: 'Clear all' }).click();
        await page.getByText('Nobody waits').waitFor();
        await axe(page);
    });

    await test('a read-only user sees the users and no action', async (page) => {
        await login(page, 'reader', 'reading');
        await open(page);
        await row(page, 'the first').waitFor();
        await expect(page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);
        await expect(page.getByRole('button', { name: 'Add user' })).toHaveCount(0);
        await expect(page.getByText('Failed logins')).toHaveCount(0);
        await axe(page);
    });
});
