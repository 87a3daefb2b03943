/**
 * One attack on one checkout: a stack of its own, warmed up, the honest load beside it, and what is
 * kept afterwards.
 */

import { AUDIENCE, ISSUER, type Issuer, startIssuer } from '../../../../lib/auth/jwt/issuer.testing.ts';
import { inParallel } from '../../kit/parallel.ts';
import { warmUp } from '../deliveries.ts';
import { type Receiver, startReceiver } from '../receiver-process.ts';
import { type BenchStack, clientAt, withDirectory, withStackIn } from '../stack.ts';
import { type Attack, claimsOf, NOTIFICATIONS, type Parties } from './attack.ts';
import type { Checkout } from './checkout.ts';
import { withHonestLoad } from './honest.ts';
import type { Measured, Outcome } from './outcome.ts';
import { startWatch } from './watch.ts';

const WARM_UP_DELIVERIES = 60;
const WARM_UP_GETS = 60;

const envOf = ({ auth, env }: Attack, { jwksUrl }: Issuer): Record<string, string> => {
  const jwt = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: jwksUrl, JWT_TENANT_CLAIM: 'tenant' };
  return { AUTH_MODE: auth ?? 'api-key', ...(auth === 'jwt' && jwt), ...env };
};

const clientOf = (stack: BenchStack, token: string) => clientAt(stack.apiUrl, { socketsMax: 64, key: token });

const measure = async (attack: Attack, parties: Parties, receiver: Receiver): Promise<Measured> => {
  await warmUp({ ...parties.stack, client: parties.honest }, receiver, WARM_UP_DELIVERIES);
  await inParallel(WARM_UP_GETS, 4, () => parties.honest.call('GET', NOTIFICATIONS));
  const run = await attack.prepare(parties);
  let watch: ReturnType<typeof startWatch> | undefined;
  try {
    const load = { client: parties.honest, receiver, seconds: attack.seconds };
    const { others, result: got } = await withHonestLoad(load, () => {
      watch = startWatch(parties.stack);
      return run();
    });
    if (!watch) throw new Error('The load ended without the attack');
    return { ...(await watch.stop()), others, got };
  } finally {
    watch?.cancel();
  }
};

const attackStack = async (
  attack: Attack,
  checkout: Checkout,
  stack: BenchStack,
  issuer: Issuer,
  receiver: Receiver,
) => {
  const honestToken = attack.auth === 'jwt' ? await issuer.sign(claimsOf('honest')) : checkout.tokens.honest;
  const attackerToken = checkout.tokens.attacker;
  const ends: (() => unknown)[] = [];
  const [honest, attacker] = [clientOf(stack, honestToken), clientOf(stack, attackerToken)];
  ends.push(honest.close, attacker.close);
  try {
    return await measure(
      attack,
      { stack, honest, attacker, attackerToken, issuer, atEnd: (end) => void ends.push(end) },
      receiver,
    );
  } finally {
    for (const end of ends.reverse()) await end();
  }
};

/** Never rejects: an attack that ends the service is a result too. */
export const runAttack = async (attack: Attack, checkout: Checkout): Promise<Outcome> => {
  const issuer = await startIssuer();
  const receiver = await startReceiver();
  try {
    return await withDirectory((dataDir) => {
      checkout.fill(dataDir);
      return withStackIn(
        dataDir,
        (stack) => attackStack(attack, checkout, stack, issuer, receiver),
        envOf(attack, issuer),
        checkout.root,
      );
    });
  } catch (error) {
    return { brokeOff: (error as Error).message.slice(0, 300) };
  } finally {
    await issuer.close();
    await receiver.close();
  }
};
