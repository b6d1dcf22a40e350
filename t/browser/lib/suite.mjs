// What the browser's half of every suite stands on: one Chromium, a page that
// is new for each test, and checks that no test has to ask for. A page that
// breaks its policy, throws, or asks another host fails the test it is in.
//
//     await suite(async ({ test, login }) => {
//         await test('KEY-8: an empty field makes a key', async (page) => {
//             await login(page, 'admin', 'secret');
//             ...
//             await axe(page);               // no fault of accessibility
//             await shots(page, 'keys');     // en, ja x light, dark, and a phone
//         });
//     });
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// The packages are the console's.
const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium, expect: playwright } = require('@playwright/test');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// How long what is asked for may take to come, in milliseconds. A page's parts
// come one after the other: never read them at once, expect() them, which waits.
const PATIENCE = 20_000;
export const expect = playwright.configure({ timeout: PATIENCE });

export const base = process.env.BASE;
const origin = new URL(base).origin;
// How pages look is looked at once, not again with the portal under sanitizers.
const looks = process.env.LOOKS !== '0';

const flags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--force-color-profile=srgb', '--hide-scrollbars'
];

/** An address of the console: at('/keys'). */
export function at(path) {
    return base + path;
}

/** Everything that goes wrong in a page without anybody looking. */
function watch(page, faults) {
    page.on('pageerror', (error) => faults.push(`script: ${error.stack ?? error}`));
    page.on('console', (message) => {
        const text = message.text();
        // What the API refuses is the tests' own business.
        if (message.type() === 'error' && !text.startsWith('Failed to load resource')) {
            faults.push(`console: ${text}`);
        }
    });
    page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.origin !== origin && !page.mayLeave && url.protocol.startsWith('http')) {
            faults.push(`asked another host: ${url.href}`);
        }
    });
}

/** A page of a browser of its own: cookies, language, size as told. */
export async function newPage(browser, faults, options = {}) {
    const context = await browser.newContext({
        locale: 'en-GB', timezoneId: 'Asia/Tokyo', reducedMotion: 'reduce',
        viewport: { width: 1366, height: 900 }, ...options
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    watch(page, faults);
    return page;
}

/** Log in by the form, from wherever the page is. */
export async function login(page, user, password) {
    await page.goto(at('/login'));
    await page.locator('#login-username').fill(user);
    await page.locator('#login-password').fill(password);
    await page.locator('button[type=submit]').click();
    await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}

/** A theme, with the colours that fade into it when they have done so. */
async function setTheme(page, theme) {
    await page.evaluate(async (name) => {
        document.documentElement.classList.toggle('pf-v6-theme-dark', name === 'dark');
        await new Promise(requestAnimationFrame);
        await Promise.allSettled(document.getAnimations()
            .filter((one) => one instanceof CSSTransition).map(({ finished }) => finished));
    }, theme);
}

/** Colours fade from one theme to the other; on a busy machine that takes time. */
async function settled(page) {
    await page.waitForFunction(() => document.getAnimations().every((one) =>
        one.playState !== 'running'
            || one.effect.getComputedTiming().endTime === Infinity));
}

/**
 * axe over the page as it is now, in both themes: no fault, no rule left out.
 * What is still moving is waited for.
 */
export async function axe(page) {
    if (!looks) {
        return;
    }
    for (const theme of ['light', 'dark']) {
        await setTheme(page, theme);
        await page.waitForTimeout(300);
        await settled(page);
        // The page's policy forbids script elements: run it as the debugger does.
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
            resultTypes: ['violations']
        }));
        const told = violations.map(({ id, help, nodes }) =>
            `${id} (${theme}): ${help}: ${nodes.slice(0, 3)
                .map(({ target, failureSummary }) => `${target} ${failureSummary}`)
                .join(' | ')}`);
        assert.deepEqual(told, [], `axe finds faults at ${page.url()}`);
    }
    await setTheme(page, 'light');
}

/** Each of these texts stands there, or comes. */
export async function contains(locator, texts) {
    for (const text of texts) {
        await expect(locator).toContainText(text);
    }
}

/** The second page of a list, by its button: on a phone the one below. */
export async function nextPage(page) {
    await page.getByRole('button', { name: 'Next page' })
        .filter({ visible: true }).first().click();
    await page.waitForURL(/[?&]page=2/);
}

/** The text of the file that an action makes the page give. */
export async function download(page, action) {
    const waiting = page.waitForEvent('download', { timeout: 6 * PATIENCE });
    await action();
    return readFileSync(await (await waiting).path(), 'utf8');
}

/** Whether a page is as wide as its window: nothing sticks out sideways. */
export async function fitsWindow(page) {
    const [content, window] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(content <= window, `${page.url()} is ${content} wide in ${window}`);
}

async function choose(page, language, theme) {
    await page.evaluate(([language, theme]) => {
        localStorage.setItem('eportal-language', language);
        localStorage.setItem('eportal-theme', theme);
    }, [language, theme]);
    await page.reload({ waitUntil: 'networkidle' });
}

/**
 * Pictures of a page in build/screens: both languages, both themes, and a
 * phone. prepare(page) opens again what a reload closes, a dialog say.
 */
export async function shots(page, name, prepare = async () => undefined) {
    if (!looks) {
        return;
    }
    const take = async (suffix) => {
        await prepare(page);
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${process.env.SHOTS}/${name}-${suffix}.png` });
    };
    for (const language of ['en', 'ja']) {
        for (const theme of ['light', 'dark']) {
            await choose(page, language, theme);
            await take(`${language}-${theme}`);
        }
    }
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    await choose(page, 'en', 'light');
    await take('phone');
    await fitsWindow(page);
    await page.setViewportSize(size);
    await choose(page, 'en', 'light');
}

/**
 * Run a suite. test(title, fn, options) calls fn(page) with a page of a new
 * browser context; options are Playwright's for it. open(options) in the
 * second argument makes another one, for two browsers at once.
 */
export async function suite(body) {
    const browser = await chromium.launch({
        executablePath: '/usr/bin/chromium', args: flags
    });
    let count = 0;
    let failed = 0;

    const test = async (title, fn, options) => {
        const faults = [];
        const page = await newPage(browser, faults, options);
        const others = [];
        let error = null;
        try {
            await fn(page, {
                open: async (more) => {
                    const other = await newPage(browser, faults, more);
                    others.push(other);
                    return other;
                }
            });
            assert.deepEqual(faults, [], 'a page did what it may not');
        } catch (caught) {
            error = caught;
        }
        count++;
        console.log(`${error === null ? 'ok' : 'not ok'} ${count} - ${title}`);
        if (error !== null) {
            failed++;
            console.log(`${error.stack ?? error}\nat ${page.url()}\n${faults.join('\n')}`
                .replace(/^/gm, '# '));
            await page.screenshot({
                path: `${process.env.SHOTS}/failed-${count}.png`
            }).catch(() => undefined);
        }
        await Promise.all([page, ...others].map((one) => one.context().close()));
    };

    try {
        await body({ test });
    } finally {
        await browser.close();
    }
    console.log(`1..${count}`);
    process.exitCode = failed === 0 ? 0 : 1;
}
