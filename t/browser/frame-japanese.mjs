// No English is left in Japanese, names of buttons included: see frame.t.
import assert from 'node:assert/strict';
import { at, login, suite } from './lib/suite.mjs';

// Names and not words, and what the pages' data brings along.
const NAMES = new RegExp(`\\b(?:${[
    'ePortal', 'KernelCare', 'LibCare', 'QEMUcare', 'DBCare', '(?:Open)?LDAPS?', 'DN',
    'Active Directory', 'RHEL', 'Debian', 'Ubuntu', 'Playbook', '(?:Start)?TLS',
    'Sign-(?:in|out) redirect URI',
    'URL', 'CVEs?', 'ID', 'IP', 'API', 'CSV', 'JSON', 'OpenAPI', 'SSO', 'OIDC', 'UTC', 'PEM',
    'CA', 'cron', 'Ansible', 'English', 'kcare\\.conf', 'main', 'night', 'admin', 'reader',
    'key-\\d+', '[KU]2025\\d{4}_\\d\\d(?:-\\w+)?', '[A-Z]+_[A-Z_]+'
].join('|')})\\b`, 'g');
// Addresses, paths, and what stands in a directory.
const EXAMPLES = /\w+:\/\/\S+|\S+=\S+|\/(?:[\w.-]+\/)+[\w.-]+/g;

const PAGES = [
    '/', '/feeds', '/keys?size=25', '/keys/new', '/keys/key-1', '/servers?state=active',
    '/tags', '/overview', '/patches/kernel?state=enabled&distro=x', '/patches/user',
    '/patches/kernel/K20250101_01', '/settings/source', '/settings/ldap', '/settings/sso',
    '/settings/users', '/settings/api-keys', '/settings/general', '/audit', '/jobs', '/docs',
    '/about', '/account'
];

/** Every name that is not text on the page, and of what it is. */
async function labels(page) {
    return page.evaluate(() => [...document.querySelectorAll('*')].flatMap((element) =>
        ['aria-label', 'aria-valuetext', 'aria-roledescription', 'title', 'alt', 'placeholder']
            .filter((name) => element.hasAttribute(name))
            .map((name) => `${element.localName} ${name}=${element.getAttribute(name)}`)));
}

async function noEnglish(page) {
    const english = (await labels(page)).filter((label) => /[A-Za-z]{2,}/.test(
        label.slice(label.indexOf('=') + 1).replace(EXAMPLES, '').replace(NAMES, '')));
    assert.deepEqual(english, [], page.url());
}

/** Open a dialog by its button; what is in it is Japanese, and so is its way out. */
async function dialog(page, path, name) {
    await page.goto(at(path));
    await page.getByRole('main').getByRole('button', { name }).first().click();
    await page.getByRole('dialog').waitFor();
    await noEnglish(page);
    await page.getByRole('dialog').getByRole('button', { name: '閉じる', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
}

await suite(async ({ test }) => {
    await test('names of buttons, fields and pictures are Japanese', async (page) => {
        await page.goto(at('/login'));
        await page.getByRole('heading', { level: 1 }).waitFor();
        await noEnglish(page);
        await login(page, 'admin', 'secret');
        for (const path of PAGES) {
            await page.goto(at(path), { waitUntil: 'networkidle' });
            await page.getByRole('heading', { level: 1 }).waitFor();
            await noEnglish(page);
        }
    }, { locale: 'ja-JP' });

    await test('and so are those of dialogs, menus and messages', async (page) => {
        await login(page, 'admin', 'secret');
        await dialog(page, '/feeds', 'フィードを作成');
        await dialog(page, '/feeds', 'フィード night を編集');
        await dialog(page, '/keys', 'キー key-1 を削除');
        await dialog(page, '/settings/users', 'ユーザーを追加');
        await dialog(page, '/tags', 'タグを作成');
        await dialog(page, '/patches/kernel', /管理/);
        await page.goto(at('/keys'));
        await page.getByRole('button', { name: /1ページの行数/ }).first().click();
        await noEnglish(page);
        await page.goto(at('/patches/kernel'));
        await page.getByRole('main').getByRole('button', { name: '状態', exact: true }).click();
        await page.getByRole('menu').waitFor();
        await noEnglish(page);
    }, { locale: 'ja-JP' });
});
