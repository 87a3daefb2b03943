/**
 * `node infra/verify/platforms/kubernetes/pictures.ts [--namespace event-system]`: the pictures of a
 * running release that the READMEs show, into infra/pictures: what kubectl lists, the API's
 * documentation, the inbox with a few deliveries.
 */
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { withBrowser } from '../../../tools/browser.ts';
import { makeCluster } from '../../../tools/cluster.ts';
import { savePicture, saveTerminal } from '../../../tools/pictures.ts';
import { makeClient } from '../../kit/client.ts';
import { localAwsAt } from '../../kit/local-aws.ts';
import { until } from '../../kit/until.ts';
import { forward } from './pods.ts';
import { makeKey, RELEASE } from './release.ts';

const SCALE = 1.5;

/** What a reader looks for, in the colours that terminals give it. */
const COLOURS: [RegExp, string][] = [
  [/^\$ .*$/gm, '#fff'],
  [/^NAME .*$/gm, '#8ab4f8'],
  [/\b(Running|Completed)\b/g, '#7ee787'],
];

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
  await saveTerminal(page, 'kubectl', {
    text: `$ kubectl get ${listed} -n ${values.namespace}\n${text}`,
    colours: COLOURS,
  });

  const api = await forward(cluster, `service/${RELEASE}`, 80, '/health/live');
  const aws = await forward(cluster, `service/${RELEASE}-local-aws`, 4566, '/_local/health');
  try {
    await page.goto(`${api.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await savePicture(page, 'docs');
    await deliver(api.url, await makeKey(aws.url), aws.url);
    await page.goto(`${aws.url}/_local/inbox`);
    await page.locator('.row').nth(8).waitFor();
    await savePicture(page, 'inbox');
  } finally {
    await api.stop();
    await aws.stop();
  }
};

await withBrowser(photograph);
