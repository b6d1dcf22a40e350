// Only main is there: see feeds.t.
import { at, axe, login, suite } from './lib/suite.mjs';

await suite(async ({ test }) => {
    await test('FEED-1: with main alone the page says what another feed is for',
        async (page) => {
            await login(page, 'admin', 'secret');
            await page.goto(at('/feeds'));
            await page.getByText('Create a second feed to try patchsets').waitFor();
            await axe(page);
        });
});
