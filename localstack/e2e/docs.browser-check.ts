/** Part of `npm run test:browser`: `/docs` in a real, headless Chromium (CHROMIUM, or where Debian puts it). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { temporaryDirectory } from '../kit.ts';
import { type Stack, startStack } from '../stack.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const soon = { timeout: 30_000 };

interface Operation {
  operationId: string;
}
interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

const operationsOf = async (stack: Stack): Promise<string[]> => {
  const document = (await (await fetch(`${stack.apiUrl}/openapi.json`)).json()) as OpenApiDocument;
  return Object.values(document.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
};

const checks: Record<string, (page: Page, stack: Stack) => Promise<void>> = {
  'every operation of the document is on the page': async (page, stack) => {
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
};

const run = async (browser: Browser, stack: Stack): Promise<number> => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    // A violation of the content security policy is written there too.
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== stack.apiUrl) foreign.push(request.url());
  });
  await page.goto(`${stack.apiUrl}/docs`);
  const all: typeof checks = {
    ...checks,
    'the console is silent, and no policy was violated': async () => assert.deepEqual(complaints, []),
    'nothing was asked of another host': async () => assert.deepEqual(foreign, []),
  };
  let failed = 0;
  for (const [name, check] of Object.entries(all)) {
    try {
      await check(page, stack);
      process.stdout.write(`ok      ${name}\n`);
    } catch (error) {
      failed += 1;
      process.stdout.write(`FAILED  ${name}\n${(error as Error).message}\n`);
    }
  }
  return failed;
};

if (!existsSync(executablePath)) {
  process.stderr.write(
    `No Chromium at ${executablePath}. Install one (Debian: apt-get install chromium) or set CHROMIUM.\n`,
  );
  process.exit(1);
}
const directory = temporaryDirectory();
const stack = await startStack({ dataDir: directory.path });
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const failed = await chromium
  .launch({ executablePath, args })
  .then((browser) => run(browser, stack).finally(() => browser.close()))
  .finally(async () => {
    await stack.stop();
    directory.remove();
  });
process.exitCode = failed > 0 ? 1 : 0;
