/**
 * The attacks that cost memory or processor time, a little of each alternately, as the background of a
 * longer load.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../kit/client.ts';
import { create } from '../notifications.ts';
import { inSeconds, LARGE, makeTally } from './attack.ts';
import { postNested } from './attacks/heavy-json.ts';
import { startInterimReceiver } from './attacks/interim-answers.ts';
import { stallUploads } from './attacks/stalled-uploads.ts';
import { askUnread } from './attacks/unread-assets.ts';
import { listUnread } from './attacks/unread-lists.ts';
import { destroyAll } from './sockets.ts';

const HELD_MS = 5_000;
const PAUSE_MS = 5_000;

const held = async (open: Promise<Socket[]>): Promise<void> => {
  const sockets = await open;
  await sleep(HELD_MS);
  destroyAll(sockets);
};

const deliverToInterim = async (client: Client): Promise<void> => {
  const receiver = await startInterimReceiver();
  try {
    await create(client, { entity_id: 'interim', webhook_url: receiver.url, send_at: inSeconds(0) });
    await sleep(HELD_MS);
  } finally {
    await receiver.close();
  }
};

/** A record of 250 KB each round: pages of them grow until they are as large as they may be. */
const createLarge = (client: Client) =>
  create(client, {
    entity_id: 'large',
    email: 'user@example.com',
    send_at: inSeconds(3_600),
    data: { text: 'x'.repeat(LARGE) },
  });

/**
 * Round after round until `isOver`. Answers how often each ran; what the service refuses is
 * counted, and goes on.
 */
export const attackUntil = async (url: string, client: Client, isOver: () => boolean): Promise<string> => {
  const attacks: Record<string, () => Promise<unknown>> = {
    'large records': () => createLarge(client),
    'unread assets': () => held(askUnread(url, 1)),
    'unread lists': () => held(listUnread(url, 8)),
    'stalled uploads': () => held(stallUploads(url, 24)),
    'nested bodies': () => postNested(client),
    'interim answers': () => deliverToInterim(client),
  };
  const tally = makeTally();
  while (!isOver()) {
    for (const [name, attack] of Object.entries(attacks)) {
      if (isOver()) break;
      await attack().then(
        () => tally.add(name),
        () => tally.add(`${name}, refused`),
      );
    }
    await sleep(PAUSE_MS);
  }
  return tally.text();
};
