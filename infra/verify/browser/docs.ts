/**
 * Part of `npm run test:browser`: `/docs` in a real, headless Chromium (CHROMIUM, or where Debian
 * puts it).
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { withBrowser } from '../../tools/browser.ts';
import { type Checks, listenForComplaints, runChecks } from './checks.ts';

const soon = { timeout: 30_000 };

interface Operation {
  operationId: string;
  security?: object[];
}
interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
}

/** A picture of the page for people to look at, in the folder SCREENSHOTS where that is set. */
const screenshot = async (page: Page, name: string): Promise<void> => {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `docs-${name}.png`), fullPage: true });
};

const operationsOf = async (stack: Stack, wanted: (one: Operation) => boolean = () => true): Promise<string[]> => {
  const document = (await (await fetch(`${stack.apiUrl}/openapi.json`)).json()) as OpenApiDocument;
  const items = [...Object.values(document.paths), ...Object.values(document.webhooks)];
  return items.flatMap((item) =>
    Object.values(item)
      .filter(wanted)
      .map(({ operationId }) => operationId),
  );
};

const PADLOCK = '.opblock .authorization__btn, .authorize';

/** The page's background: 0 is black, 255 white. */
const brightness = async (page: Page): Promise<number> => {
  const color: string = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  // Transparent is the browser's own white.
  return alpha === 0 ? 255 : (red + green + blue) / 3;
};

const withoutKeys: Checks<Stack> = {
  'every operation of the document is on the page, and the webhook': async (page, stack) => {
    await page.locator('.opblock').first().waitFor(soon);
    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id));
    const wanted = await operationsOf(stack);
    assert.equal(shown.length, wanted.length);
    for (const operation of wanted)
      assert.ok(
        shown.some((id) => id.endsWith(`-${operation}`)),
        operation,
      );
  },

  'the introduction says what it is and how to call it': async (page) => {
    const text = (await page.locator('.info .description').textContent()) ?? '';
    for (const word of ['Authentication', 'Idempotency', 'Errors', 'Paging', 'Times']) assert.match(text, RegExp(word));
  },

  'there is no padlock where no key is needed': async (page) => {
    assert.equal(await page.locator(PADLOCK).count(), 0);
  },

  'the example of an operation, sent as it is, is taken': async (page) => {
    const block = page.locator('.opblock', { hasText: 'Publish an event' }).first();
    await block.locator('.opblock-summary').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    await block.getByRole('button', { name: 'Execute' }).click();
    await block.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor(soon);
  },

  'an operation opens and shows its schema and its answers': async (page) => {
    const block = page.locator('.opblock', { hasText: 'Create a notification' });
    await block.locator('.opblock-summary').click();
    await block.getByText('Idempotency-Key', { exact: false }).first().waitFor(soon);
    await block.locator('.response', { hasText: '201' }).first().waitFor(soon);
    await block.locator('.response', { hasText: 'idempotency-key-reused' }).first().waitFor(soon);
    assert.match((await block.locator('.opblock-section-request-body').textContent()) ?? '', /notification_type/);
  },

  'a request sent from the page is answered': async (page) => {
    const block = page.locator('.opblock', { hasText: '200 while the process runs' });
    await block.locator('.opblock-summary').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    await block.getByRole('button', { name: 'Execute' }).click();
    await block.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor(soon);
  },

  'it is dark where the system is': async (page) => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html.dark-mode').waitFor(soon);
    assert.ok((await brightness(page)) < 80);
    await screenshot(page, 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('html:not(.dark-mode)').waitFor(soon);
    assert.ok((await brightness(page)) > 200);
    await screenshot(page, 'light');
  },
};

const withKeys: Checks<Stack> = {
  'a padlock is on each operation that needs a key, and on no other': async (page, stack) => {
    await page.locator('.opblock').first().waitFor(soon);
    const locked = await page
      .locator('.opblock:has(.authorization__btn)')
      .evaluateAll((blocks) => blocks.map(({ id }) => id.split('-').at(-1)));
    const wanted = await operationsOf(stack, ({ security = [] }) => security.length > 0);
    assert.deepEqual(locked.sort(), wanted.sort());
    assert.equal(await page.locator('.authorize').count(), 1);
  },
};

const run = async (browser: Browser, stack: Stack, checks: Checks<Stack>): Promise<number> => {
  const page = await browser.newPage();
  const complaints = listenForComplaints(page);
  const foreign: string[] = [];
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== stack.apiUrl) foreign.push(request.url());
  });
  await page.goto(`${stack.apiUrl}/docs`);
  return runChecks(page, stack, {
    ...checks,
    'the console is silent, and no policy was violated': async () => assert.deepEqual(complaints, []),
    'nothing was asked of another host': async () => assert.deepEqual(foreign, []),
  });
};

/** Its own stack for each mode of authentication. */
const runWith = async (browser: Browser, mode: string, checks: Checks<Stack>): Promise<number> => {
  const directory = temporaryDirectory();
  const stack = await startStack({ dataDir: directory.path, env: { AUTH_MODE: mode } });
  try {
    return await run(browser, stack, checks);
  } finally {
    await stack.stop();
    directory.remove();
  }
};

const failed = await withBrowser(
  async (browser) => (await runWith(browser, 'none', withoutKeys)) + (await runWith(browser, 'api-key', withKeys)),
);
process.exitCode = failed > 0 ? 1 : 0;
