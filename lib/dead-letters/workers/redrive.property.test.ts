import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import {
  type DeadLetterPorts,
  failedNotification,
  makeRedriveRunner,
  rawMessage,
  rejectedEvent,
} from '../../testing/dead-letters.ts';
import { setUp, tenant } from './redrive.testing.ts';

const DAY_MS = 86_400_000;

const thing = fc.record({
  of: fc.constantFrom('ntf' as const, 'evt' as const, 'dlm' as const),
  type: fc.constantFrom('user.signup', 'payment.failed'),
  diedAgoMs: fc.integer({ min: 1, max: DAY_MS }),
  dead: fc.boolean(),
});
const order = fc.record(
  {
    kind: fc.constantFrom('delivery' as const, 'message' as const),
    notification_type: fc.constantFrom('user.signup', 'payment.failed'),
    sinceAgoMs: fc.integer({ min: 0, max: DAY_MS }),
    untilAgoMs: fc.integer({ min: 0, max: DAY_MS }),
    per_second: fc.constantFrom(1, 3, 500),
  },
  { requiredKeys: [] },
);
/** Which calls of a worker fail, and how many workers run side by side before one runs undisturbed. */
const trouble = fc.record({
  crashes: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 12, size: 'max' }),
  workers: fc.integer({ min: 1, max: 3 }),
  /** Each delivery dies again at once. */
  hopeless: fc.boolean(),
});

type Thing = { of: 'ntf' | 'evt' | 'dlm'; type: string; diedAgoMs: number; dead: boolean };
type Order = Partial<{
  kind: 'delivery' | 'message';
  notification_type: string;
  sinceAgoMs: number;
  untilAgoMs: number;
  per_second: number;
}>;

const wantedBy = (given: Order) => (one: Thing) =>
  one.dead &&
  (given.kind === undefined || (given.kind === 'delivery') === (one.of === 'ntf')) &&
  (given.notification_type === undefined || (one.of === 'ntf' && one.type === given.notification_type)) &&
  (given.sinceAgoMs === undefined || one.diedAgoMs <= given.sinceAgoMs) &&
  (given.untilAgoMs === undefined || one.diedAgoMs > given.untilAgoMs);

const fill = (ports: DeadLetterPorts, things: (Thing & { id: string })[]): void => {
  for (const { id, of, type, diedAgoMs, dead } of things) {
    const at = ports.clock.now() - diedAgoMs;
    if (of === 'ntf') {
      const notification = failedNotification(id, at, { type, ...(!dead && { status: 'SENT' }) });
      ports.stored.notifications.write(notification);
    }
    if (of === 'evt') ports.stored.events.write(rejectedEvent(id, at, dead ? {} : { status: 'PROCESSED' }));
    if (of === 'dlm') ports.stored.raws.write(rawMessage(id, at, dead ? {} : { redrivenAt: at }));
  }
};

it('whatever crashes and however many workers run, each dead item that matches is redriven once and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(thing, { maxLength: 25, size: 'max' }),
      order,
      trouble,
      async (made, given, { crashes, workers, hopeless }) => {
        const { ports, order: redrive } = setUp();
        const now = ports.clock.now();
        const things = made.map((one, n) => ({ ...one, id: `${one.of}_${n}` }));
        fill(ports, things);
        const wanted = things.filter(wantedBy(given)).map(({ id }) => id);
        const { sinceAgoMs, untilAgoMs, ...rest } = given;
        const input = {
          ...rest,
          ...(sinceAgoMs !== undefined && { since: now - sinceAgoMs }),
          ...(untilAgoMs !== undefined && { until: now - untilAgoMs }),
        };
        const { job } = await redrive({ input, tenant });
        expect(job.matched).toBe(wanted.length);

        let calls = 0;
        const fragile = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
          return async (...args: A): Promise<T> => {
            calls += 1;
            if (crashes.includes(calls)) throw new ServiceError('unavailable', 'crash');
            return call(...args);
          };
        };
        const arm: typeof ports.timer.arm = async (timer) => {
          await ports.timer.arm(timer);
          const item = ports.stored.notifications.read(timer.id);
          if (!hopeless || item?.redrivenAt === undefined) return;
          const { type, redrivenAt } = item;
          const again = { type, redrivenAt, writeId: `again-${timer.id}` };
          ports.stored.notifications.write(failedNotification(timer.id, ports.clock.now(), again));
        };
        const service = makeRedriveRunner({
          ...ports,
          timer: { ...ports.timer, arm },
          jobPorts: {
            ...ports.jobPorts,
            jobs: { ...ports.jobPorts.jobs, replace: fragile(ports.jobPorts.jobs.replace) },
          },
          notifications: { ...ports.notifications, replace: fragile(ports.notifications.replace) },
          events: { ...ports.events, replace: fragile(ports.events.replace) },
          deadLetters: { ...ports.deadLetters, list: fragile(ports.deadLetters.list) },
          queues: { ...ports.queues, resend: fragile(ports.queues.resend) },
        });
        const run = (remainingMs: number) => service.run(job.id, { remainingMs: () => remainingMs });
        await Promise.allSettled(Array.from({ length: workers }, () => run(60_000)));
        await run(1_000);
        for (let round = 0; round < crashes.length + 1; round += 1)
          await service.runToEnd(job.id).catch(() => undefined);

        const armed = ports.armed.map((timer) => timer.id);
        const resent = ports.resent.map(({ body }) => body.replace('not ours: ', ''));
        // Sent before it is marked, so workers side by side may both send a message that only its
        // consumer can tell apart.
        const sent = workers === 1 ? resent : [...new Set(resent)];
        expect([...armed, ...ports.processed, ...sent].toSorted()).toEqual(wanted.toSorted());
        expect(ports.stored.jobs.read(job.id)).toMatchObject({
          status: 'DONE',
          matched: wanted.length,
          redriven: wanted.length,
          skipped: 0,
          failed: 0,
        });
      },
    ),
    { numRuns: 300 },
  );
});
