/** `npm run test:browser`: the inbox in a real, headless Chromium (CHROMIUM, or where Debian puts it). */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type Aws, startAws } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { withBrowser } from '../../tools/browser.ts';
import { type Checks, listenForComplaints, runChecks } from './checks.ts';

const soon = { timeout: 30_000 };
const hostile = '<script>document.title = "stolen"</script><img src=x onerror="document.title = `stolen`">';

const deliver = async (aws: Aws, id: string, subject: string, body = 'Text', latenessMs = 12): Promise<void> => {
  const { now } = (await (await fetch(`${aws.endpoint}/_local/clock`)).json()) as { now: string };
  const send_at = new Date(Date.parse(now) - latenessMs).toISOString();
  const data = { notification_id: id, send_at, subject, body };
  const request = { method: 'POST', body: JSON.stringify({ type: 'user.signup', data }) };
  assert.equal((await fetch(`${aws.endpoint}/_local/inbox/webhook/check`, request)).status, 200);
};

const checks: Checks<Aws> = {
  'an empty inbox says what to do': async (page) => {
    await page.getByText('Nothing has been delivered yet').waitFor(soon);
    assert.match((await page.locator('#example').textContent()) ?? '', /^curl -X POST http:\/\/localhost:\d+\/api\/v1/);
  },

  'what is delivered appears without a reload, newest first, with its lateness': async (page, aws) => {
    await deliver(aws, 'ntf_1', 'First');
    await page.locator('.row', { hasText: 'First' }).waitFor(soon);
    await deliver(aws, 'ntf_2', 'Second', 'Text', 90_000);
    await page.locator('.row', { hasText: 'Second' }).waitFor(soon);
    assert.deepEqual(await page.locator('.subject').allTextContents(), ['Second', 'First']);
    assert.match((await page.locator('.lateness').first().textContent()) ?? '', /^2 min late$/);
    assert.match((await page.locator('.lateness').last().textContent()) ?? '', /^\d+ ms late$/);
  },

  'markup in a message is text, and its script does not run': async (page, aws) => {
    await deliver(aws, 'ntf_3', hostile, hostile);
    const row = page.locator('.row', { hasText: 'document.title' });
    await row.waitFor(soon);
    await row.locator('summary').click();
    assert.equal(await row.locator('.subject').textContent(), hostile);
    assert.ok((await row.locator('.body').textContent())?.includes('onerror'));
    assert.equal(await page.locator('.row script, .row img').count(), 0);
    assert.equal(await page.title(), 'Inbox · local stack');
  },

  'a further attempt is no late delivery': async (page, aws) => {
    await deliver(aws, 'ntf_2', 'Retried', 'Text', 300_000);
    const grade = page.locator('.row', { hasText: 'Retried' }).locator('.lateness');
    await grade.waitFor(soon);
    assert.equal(await grade.textContent(), 'again, 5 min after due');
    assert.doesNotMatch((await grade.getAttribute('class')) ?? '', /bad/);
  },

  'an open row stays open when others arrive': async (page, aws) => {
    await deliver(aws, 'ntf_4', 'Fourth');
    await page.locator('.row', { hasText: 'Fourth' }).waitFor(soon);
    assert.equal(await page.locator('.row details[open]').count(), 1);
  },

  'the filter shows one channel': async (page) => {
    await page.getByRole('button', { name: /^SMS/ }).click();
    await page.getByText('Nothing has been delivered yet').waitFor(soon);
    assert.equal(await page.locator('.row').count(), 0);
    await page.getByRole('button', { name: /^Webhook/ }).click();
    await page.locator('.row').nth(4).waitFor(soon);
    assert.equal(await page.locator('#count-webhook').textContent(), '5');
  },

  'a webhook shows its body as sent, and its headers with the signature': async (page, aws) => {
    const headers = { 'webhook-signature': 'v1,c2lnbmVk' };
    const body = '{"data":{"notification_id":"ntf_5","subject":"Signed"}}';
    await fetch(`${aws.endpoint}/_local/inbox/webhook/check`, { method: 'POST', body, headers });
    const row = page.locator('.row', { hasText: 'Signed' });
    await row.locator('summary').click();
    assert.match((await row.locator('.body').textContent()) ?? '', /\n {2}"data": \{/);
    await row.getByRole('button', { name: 'As sent' }).click();
    assert.equal(await row.locator('.body').textContent(), body);
    await row.getByRole('button', { name: 'Headers and signature' }).click();
    await row.locator('.headers', { hasText: 'v1,c2lnbmVk' }).waitFor(soon);
    assert.equal(await row.locator('.body').isVisible(), false);
  },

  'an e-mail shows its text, and its HTML in a frame without scripts': async (page, aws) => {
    await page.getByRole('button', { name: /^All/ }).click();
    const html = `<p style="color: red">Formatted</p>${hostile}`;
    aws.server.inbox.add({
      ...{
        channel: 'email',
        to: 'ann@example.com',
        subject: 'Both',
        body: 'Plain text',
        html,
        headers: [['From', 'us']],
      },
      notificationId: 'ntf_6',
      due: undefined,
    });
    const row = page.locator('.row', { hasText: 'Both' });
    await row.locator('summary').click();
    assert.equal(await row.locator('.body').textContent(), 'Plain text');
    await row.getByRole('button', { name: 'HTML', exact: true }).click();
    await page.frameLocator('.row iframe:visible').getByText('Formatted').waitFor(soon);
    assert.equal(await page.title(), 'Inbox · local stack');
    await row.getByRole('button', { name: 'HTML source' }).click();
    assert.equal(await row.locator('.body').textContent(), html);
  },

  'a search shows what matches, and says so when nothing does': async (page) => {
    await page.getByPlaceholder('Subject, recipient').fill('ntf_6');
    await page.locator('.row', { hasText: 'Fourth' }).waitFor({ state: 'detached', ...soon });
    await page.locator('.row', { hasText: 'Both' }).waitFor(soon);
    assert.equal(await page.locator('.row').count(), 1);
    await page.getByPlaceholder('Subject, recipient').fill('nothing has this');
    await page.getByText('Nothing delivered matches').waitFor(soon);
    await page.getByPlaceholder('Subject, recipient').fill('');
    await page.locator('.row').nth(6).waitFor(soon);
    await page.getByRole('button', { name: /^Webhook/ }).click();
    await page.locator('.row').nth(5).waitFor(soon);
  },

  'what is pending is shown with its due time, and narrowed by the search': async (page) => {
    const entry = { notification_type: 'user.signup', status: 'SCHEDULED', subject: 'Week', channels: null };
    const entries = [1, 2].map((n) => ({
      ...entry,
      id: `ntf_p${n}`,
      due_at: new Date(Date.now() + n * 42 * 86_400_000).toISOString(),
    }));
    await page.route('**/_local/pending', (route) => route.fulfill({ json: entries }));
    await page.locator('.pending-row', { hasText: 'ntf_p1' }).waitFor(soon);
    assert.match(
      (await page.locator('.pending-row').first().textContent()) ?? '',
      /scheduled.*recipient encrypted.*in 42 days/s,
    );
    await page.locator('.pending-row .subject').first().selectText();
    for (let poll = 0; poll < 2; poll += 1) await page.waitForResponse('**/_local/pending', soon);
    assert.equal(await page.evaluate('getSelection().toString()'), 'Week');
    await page.getByPlaceholder('Subject, recipient').fill('ntf_p2');
    await page.locator('.pending-row', { hasText: 'ntf_p1' }).waitFor({ state: 'detached', ...soon });
    assert.equal(await page.locator('.pending-row').count(), 1);
    await page.getByPlaceholder('Subject, recipient').fill('');
    await page.unroute('**/_local/pending');
    await page.locator('#pending').waitFor({ state: 'hidden', ...soon });
  },

  'what is delivered appears also where what is pending cannot be read': async (page, aws) => {
    await page.route('**/_local/pending', (route) => route.fulfill({ status: 500 }));
    await deliver(aws, 'ntf_7', 'Seventh');
    await page.locator('.row', { hasText: 'Seventh' }).waitFor(soon);
    await page.locator('#status', { hasText: /^live$/ }).waitFor(soon);
    await page.unroute('**/_local/pending');
  },

  'the buttons and the field advance the clock, and what is wrong is said': async (page, aws) => {
    await page.getByRole('button', { name: '7 days' }).click();
    await page.locator('#offset', { hasText: '7 days' }).waitFor(soon);
    await page.getByPlaceholder('PT90S').fill('PT12H');
    await page.getByRole('button', { name: 'Go' }).click();
    await page.locator('#offset', { hasText: '8 days' }).waitFor(soon);
    assert.equal(aws.server.clock.offset(), 7.5 * 86_400_000);
    await page.getByPlaceholder('PT90S').fill('yesterday');
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByText('must be an ISO 8601 duration').waitFor(soon);
    assert.equal(aws.server.clock.offset(), 7.5 * 86_400_000);
  },

  'on a telephone nothing is wider than the screen': async (page) => {
    await page.setViewportSize({ width: 340, height: 700 });
    const widths = await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.clientWidth]');
    assert.deepEqual(widths, [340, 340]);
  },

  'emptying it leaves the page that says what to do': async (page) => {
    await page.getByRole('button', { name: 'Empty inbox' }).click();
    await page.getByText('Nothing has been delivered yet').waitFor(soon);
    assert.equal(await page.locator('.row').count(), 0);
  },
};

/**
 * A refused duration answers 400, what is pending once 500, and a hostile e-mail has its script and
 * image blocked: browsers write both to the console.
 */
const isExpected = (text: string): boolean =>
  /(?:400 \(Bad Request|500 \(Internal Server Error)\)/.test(text) || /\/_local\/inbox\/\d+\/(?:html|x)'/.test(text);

const run = async (browser: Browser, aws: Aws): Promise<number> => {
  const page = await browser.newPage();
  const complaints = listenForComplaints(page, isExpected);
  await page.goto(`${aws.endpoint.replace('127.0.0.1', 'localhost')}/_local/inbox`);
  return runChecks(page, aws, { ...checks, 'the console is silent': async () => assert.deepEqual(complaints, []) });
};

const directory = temporaryDirectory();
const failed = await withBrowser(async (browser) => {
  const aws = await startAws({ dataDir: directory.path, provisioned: false });
  return run(browser, aws).finally(aws.close);
}).finally(directory.remove);
process.exitCode = failed > 0 ? 1 : 0;
