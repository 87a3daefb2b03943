/**
 * Each dependency fails in each of two ways: as a service that answers badly, and as a network that
 * does not carry.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import type { ServiceName } from '../../../../localstack/faults.ts';
import type { Rule } from '../../kit/receiver.ts';
import { ask } from '../ask.ts';
import { type ProxyMode, proxyModes } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import { type ChaosStack, type Link, links, WEBHOOK_PATH } from '../stack.ts';

/** Longer than a channel waits for an answer, shorter than a call to AWS may take. */
const SLOW_MS = 2_000;

const services = ['dynamodb', 'sqs', 'scheduler', 'ses', 'sms'] as const satisfies ServiceName[];
const faults = {
  'slow by 2 s': { mode: 'slow', delay_ms: SLOW_MS },
  'errors, all': { mode: 'error' },
  'errors, 30 %': { mode: 'error', rate: 0.3 },
  throttles: { mode: 'throttle' },
  'cuts connections': { mode: 'drop' },
};
const rules: Record<keyof typeof faults, Rule> = {
  'slow by 2 s': { status: 200, afterMs: SLOW_MS },
  'errors, all': 500,
  'errors, 30 %': () => (Math.random() < 0.3 ? 500 : 200),
  throttles: { status: 429, headers: { 'retry-after': '1' } },
  'cuts connections': 'drop',
};
const lines: Record<Exclude<ProxyMode, 'open'>, string> = {
  refused: 'down (refused)',
  silent: 'half-open (accepts, never reads)',
  deaf: 'half-open (reads, never answers)',
  mute: 'answers lost',
};
const nameOf: Record<Link, string> = {
  dynamodb: 'dynamodb',
  sqs: 'sqs',
  scheduler: 'scheduler',
  messages: 'ses and sms',
  receiver: 'receiver',
};

/** One of each kind, on each dependency at least one. */
const SHORT = new Set([
  'dynamodb: errors, all',
  'dynamodb: answers lost',
  'sqs: errors, 30 %',
  'sqs: half-open (accepts, never reads)',
  'scheduler: throttles',
  'ses: slow by 2 s',
  'sms: errors, all',
  'ses and sms: half-open (reads, never answers)',
  'receiver: down (refused)',
  'receiver: interim responses without end',
]);

const scenario = (name: string, parts: Pick<Scenario, 'play' | 'met'>): Scenario => ({
  name,
  isShort: SHORT.has(name),
  ...parts,
});

const serviceFaults = services.flatMap((service) =>
  Object.entries(faults).map(([name, fault]) =>
    scenario(`${service}: ${name}`, {
      play: async (stack, { faultMs }) => {
        await stack.fault({ service, ...fault });
        await sleep(faultMs);
        await stack.fault({ service, mode: 'off' });
      },
      met: (stack) => stack.affected(),
    }),
  ),
);

const receiverFault = (name: string, rule: Rule): Scenario => {
  let met = 0;
  return scenario(`receiver: ${name}`, {
    play: async ({ receiver }, { faultMs }) => {
      receiver.behave(WEBHOOK_PATH, (received) => {
        met += 1;
        return typeof rule === 'function' ? rule(received) : rule;
      });
      await sleep(faultMs);
      receiver.behave(WEBHOOK_PATH, 200);
    },
    met: () => met,
  });
};
const receiverFaults = Object.entries(rules).map(([name, rule]) => receiverFault(name, rule));

/** Attempts that such an answer ended, rather than their timeout. */
const invalidResponses = async ({ apis: [api] }: ChaosStack): Promise<number> => {
  const listed = await ask<NotificationView[]>(`${api}/api/v1/notifications/?limit=100`, 'GET');
  const attempts = listed?.status === 200 ? listed.body.flatMap((one) => one.attempts) : [];
  return attempts.filter(({ error }) => error === 'invalid_response').length;
};
const floodFault: Scenario = {
  ...receiverFault('interim responses without end', 'flood'),
  met: invalidResponses,
};

const networkFaults = links.flatMap((link) =>
  proxyModes.map((mode) =>
    scenario(`${nameOf[link]}: ${lines[mode]}`, {
      play: async ({ network }, { faultMs, downMs }) => {
        await network[link].set(mode);
        await sleep(mode === 'refused' ? downMs : faultMs);
        await network[link].set('open');
      },
      // A connection that is refused is seen by its caller alone.
      met: ({ network }, { retried }) => network[link].affected() + (link === 'receiver' ? retried : 0),
    }),
  ),
);

const wholeAws: Scenario[] = [
  {
    name: 'local AWS: killed and kept away',
    isShort: true,
    play: async ({ aws }, { downMs }) => {
      await aws.takeAway();
      await sleep(2 * downMs);
      aws.bringBack();
      await aws.ready();
    },
    met: ({ aws }) => aws.endings().length,
  },
  {
    name: 'local AWS: frozen (SIGSTOP)',
    isShort: false,
    play: async ({ aws }, { faultMs }) => {
      aws.signal('SIGSTOP');
      await sleep(faultMs);
      aws.signal('SIGCONT');
    },
    met: (_stack, { refused, unanswered }) => refused + unanswered,
  },
];

export const dependencyScenarios: Scenario[] = [
  ...serviceFaults,
  ...receiverFaults,
  floodFault,
  ...networkFaults,
  ...wholeAws,
];
