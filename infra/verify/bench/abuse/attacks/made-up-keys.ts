/** A flood of tokens with made-up key ids, while the issuer's key changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLoop } from '../../load.ts';
import { clientAt } from '../../stack.ts';
import { type Attack, claimsOf, makeTally, NOTIFICATIONS, type Parties, statusOf } from '../attack.ts';

const SECONDS = 6;
const PER_SECOND = 40;
const ROTATES_AFTER_MS = 2_000;
const ASKS_EVERY_MS = 100;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Well-formed, with a signature of the right length. */
const madeUp = (index: number): string =>
  [encoded({ alg: 'ES256', kid: `made-up-${index}` }), encoded(claimsOf('attacker')), 'A'.repeat(86)].join('.');

const flood = async ({ stack }: Parties): Promise<void> => {
  let made = 0;
  await openLoop({ seconds: SECONDS, perSecond: PER_SECOND }, async () => {
    made += 1;
    const client = clientAt(stack.apiUrl, { socketsMax: 1, key: madeUp(made) });
    await statusOf(client.call('GET', NOTIFICATIONS));
    client.close();
  });
};

/** With a token of the new key, from its first moment on. */
const askWithNewKey = async ({ stack, issuer }: Parties) => {
  await sleep(ROTATES_AFTER_MS);
  await issuer.rotate({ keep: true });
  const client = clientAt(stack.apiUrl, { socketsMax: 1, key: await issuer.sign(claimsOf('other')) });
  const tally = makeTally();
  const endsAt = Date.now() + SECONDS * 1_000 - ROTATES_AFTER_MS;
  while (Date.now() < endsAt) {
    tally.add(await statusOf(client.call('GET', NOTIFICATIONS)));
    await sleep(ASKS_EVERY_MS);
  }
  client.close();
  return tally;
};

export const madeUpKeys: Attack = {
  what: `${PER_SECOND} tokens a second with made-up key ids while the key rotates (AUTH_MODE=jwt)`,
  goal: 'the new key is never 401',
  seconds: SECONDS,
  auth: 'jwt',
  prepare: async (parties) => async () => {
    const [tally] = await Promise.all([askWithNewKey(parties), flood(parties)]);
    return { text: `with the new key: ${tally.text()}`, isMet: !tally.counts[401] && (tally.counts[200] ?? 0) > 0 };
  },
};
