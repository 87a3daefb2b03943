/**
 * A tenant with much due at once and a slow receiver, beside one with little: how late is the quiet
 * one's?
 */
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from '../../../lib/auth/jwt/issuer.testing.ts';
import type { Client } from '../kit/client.ts';
import { type Arrived, arrivalsOf, type Planned } from './arrivals.ts';
import { type Receiver, startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { clientAt, withStack } from './stack.ts';
import { max, shown, showSpread, spread } from './stats.ts';

const NOISY = Number(process.env.FAIR_NOISY ?? 1_500);
const QUIET = 20;
const ANSWERS_AFTER_MS = 500;
/** Creating takes about 4 s on two cores, in peace. */
const LEAD_MS = 25_000;
const LEAD_ALONE_MS = 5_000;
const NEAR_MS = 500;
const ROUNDS = Number(process.env.FAIR_ROUNDS ?? 3);

const tenantsBy = ({ jwksUrl }: Issuer): Record<string, string> => ({
  AUTH_MODE: 'jwt',
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_JWKS_URL: jwksUrl,
  JWT_TENANT_CLAIM: 'tenant',
  RATE_LIMIT: '0',
});

const clientOf = async (url: string, issuer: Issuer, tenant: string): Promise<Client> => {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const token = await issuer.sign({ tenant, exp, scope: 'notifications:write notifications:read' });
  return clientAt(url, { socketsMax: 64, key: token });
};

const many = (count: number, one: Planned): Planned[] => Array.from({ length: count }, () => one);
const all = (runs: Arrived[]): number[] => runs.flatMap(({ lateMs }) => lateMs);
const show = (runs: Arrived[]): string => {
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  return `${showSpread(spread(all(runs)))}; ${lost} lost`;
};

const measure = async (receiver: Receiver, clients: { noisy: Client; quiet: Client }) => {
  const [origin = '', slow = ''] = receiver.origins;
  const quietAt = (dueAt: number): Planned => ({
    client: clients.quiet,
    dueAt,
    input: { entity_id: 'quiet', webhook_url: `${origin}/hook` },
  });
  const noisyAt = (dueAt: number): Planned => ({
    client: clients.noisy,
    dueAt,
    input: { entity_id: 'noisy', webhook_url: `${slow}/after/${ANSWERS_AFTER_MS}` },
  });
  const wantedAll = { wanted: () => true, patienceMs: 60_000 };
  const alone: Arrived[] = [];
  const beside: Arrived[] = [];
  const drained: number[] = [];
  await arrivalsOf(receiver, many(100, quietAt(Date.now() + LEAD_ALONE_MS)), wantedAll);
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await arrivalsOf(receiver, many(QUIET, quietAt(Date.now() + LEAD_ALONE_MS)), wantedAll));
    const dueAt = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
    const planned = [...many(NOISY, noisyAt(dueAt)), ...many(QUIET, quietAt(dueAt))];
    const { lateMs, ...rest } = await arrivalsOf(receiver, planned, wantedAll);
    beside.push({ ...rest, lateMs: lateMs.slice(NOISY) });
    drained.push(max(lateMs));
    receiver.clear();
  }
  return { alone, beside, drainedMs: max(drained) };
};

export const fair: Row = async ({ say }) => {
  const receiver = await startReceiver(2);
  const issuer = await startIssuer();
  try {
    return await withStack(async (stack) => {
      say(`${NOISY} of one tenant due at once, ${QUIET} of another, ${ROUNDS} times`);
      const noisy = await clientOf(stack.apiUrl, issuer, 'noisy');
      const quiet = await clientOf(stack.apiUrl, issuer, 'quiet');
      const { alone, beside, drainedMs } = await measure(receiver, { noisy, quiet });
      noisy.close();
      quiet.close();
      const [p99Alone, p99] = [spread(all(alone)).p99, spread(all(beside)).p99];
      return {
        figures: [
          {
            what: `a tenant's ${QUIET} due, arrival - due, beside ${NOISY.toLocaleString('en-US')} of another due at once`,
            goal: `p99 <= ${NEAR_MS} ms more than alone`,
            measured: show(beside),
            met: p99 <= p99Alone + NEAR_MS,
          },
          { what: 'the same alone', goal: '-', measured: show(alone) },
        ],
        notes: [
          `${ROUNDS} rounds, alone and beside alternately. The other tenant's receiver answers after ${ANSWERS_AFTER_MS} ms and had its last after ${shown(drainedMs / 1_000)} s at most; in the order of creation the quiet tenant's would come after it. Tenants by token (\`AUTH_MODE=jwt\`), queues fair by MessageGroupId.`,
        ],
      };
    }, tenantsBy(issuer));
  } finally {
    await issuer.close();
    await receiver.close();
  }
};
