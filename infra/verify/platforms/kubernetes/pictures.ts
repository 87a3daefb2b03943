/**
 * `node infra/verify/platforms/kubernetes/pictures.ts [--namespace event-system]`: the pictures of a
 * running release that the READMEs show, into infra/pictures: what kubectl lists, the API's
 * documentation, the inbox with a few deliveries. Chromium: CHROMIUM, or where Debian puts it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { makeCluster } from '../../../tools/cluster.ts';
import { makeClient } from '../../kit/client.ts';
import { localAwsAt } from '../../kit/local-aws.ts';
import { until } from '../../kit/until.ts';
import { forward } from './pods.ts';
import { makeKey, RELEASE } from './release.ts';

const OUT = join(import.meta.dirname, '..', '..', '..', 'pictures');
const SCALE = 2;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The words that a reader looks for, in the colours that terminals give them. */
const coloured = (text: string): string =>
  escaped(text)
    .replace(/^(NAME .*)$/gm, '<b>$1</b>')
    .replace(/\b(Running|Completed)\b/g, '<i>$1</i>')
    .replace(/^\$ .*$/gm, '<u>$&</u>');

const STYLE = `
  body { margin: 0; padding: 16px; background: #fff; display: inline-block; }
  div { background: #10151c; border-radius: 8px; padding: 14px 18px; box-shadow: 0 2px 10px #0004; }
  pre { margin: 0; font: 13px/1.45 "DejaVu Sans Mono", monospace; color: #d6dde6; }
  b { color: #8ab4f8; font-weight: normal; } i { color: #7ee787; font-style: normal; } u { color: #fff; text-decoration: none; }`;

const terminal = async (page: Page, text: string, path: string): Promise<void> => {
  await page.setContent(`<style>${STYLE}</style><div><pre>${coloured(text.trimEnd())}</pre></div>`);
  await page.locator('body').screenshot({ path });
};

const SUBJECTS = ['Your password expires on 1 June', 'Payment received', 'Welcome'];

/** On all three channels, the webhook to the inbox itself. */
const deliver = async (url: string, key: string, localAws: string): Promise<void> => {
  const client = makeClient({ url, key }, { timeoutMs: 15_000 });
  const inbox = localAwsAt(localAws);
  const webhook_url = `http://${RELEASE}-local-aws:4566/_local/inbox/webhook/orders`;
  for (const subject of SUBJECTS) {
    const to = { email: 'ada@example.com', phone: '+4915112345678', webhook_url };
    const body = { notification_type: 'custom', entity_id: 'user-42', subject, body: `${subject}.`, ...to };
    const send_at = new Date(Date.now() + 1_500).toISOString();
    const { body: created } = await client.call<{ id: string }>('POST', '/api/v1/notifications/', { ...body, send_at });
    await until('all three are delivered', async () => (await inbox.inbox(created.id)).length === 3);
  }
  client.close();
};

const { values } = parseArgs({ options: { namespace: { type: 'string', default: 'event-system' } } });
const cluster = makeCluster(values.namespace);

const photograph = async (browser: Browser): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, deviceScaleFactor: SCALE });
  const listed = 'pods,services,hpa,pdb';
  const text = await cluster.kubectl('get', listed);
  await terminal(page, `$ kubectl get ${listed} -n ${values.namespace}\n${text}`, join(OUT, 'kubectl.png'));

  const api = await forward(cluster, `service/${RELEASE}`, 80, '/health/live');
  const aws = await forward(cluster, `service/${RELEASE}-local-aws`, 4566, '/_local/health');
  try {
    await page.goto(`${api.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.screenshot({ path: join(OUT, 'docs.png') });
    await deliver(api.url, await makeKey(aws.url), aws.url);
    await page.goto(`${aws.url}/_local/inbox`);
    await page.locator('.row').nth(8).waitFor();
    await page.screenshot({ path: join(OUT, 'inbox.png') });
  } finally {
    await api.stop();
    await aws.stop();
  }
};

mkdirSync(OUT, { recursive: true });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
await photograph(browser).finally(() => browser.close());
