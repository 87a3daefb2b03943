import { describe, expect, it } from 'vitest';
import { makeJobService } from '../jobs/service.ts';
import { failedNotification, makeDeadLetterPorts, rawMessage, rejectedEvent } from '../testing/dead-letters.ts';
import { viewDeadLetter } from './dead-letter.ts';
import { makeDeadLetterService } from './service.ts';

const tenant = 'default';
const HOUR_MS = 3_600_000;

const setUp = () => {
  const ports = makeDeadLetterPorts();
  const now = ports.clock.now();
  ports.stored.notifications.write(failedNotification('ntf_1', now - HOUR_MS, { eventId: 'evt_9' }));
  ports.stored.notifications.write(failedNotification('ntf_2', now - 4 * HOUR_MS, { type: 'payment.failed' }));
  ports.stored.events.write(rejectedEvent('evt_1', now - 2 * HOUR_MS));
  ports.stored.raws.write(rawMessage('dlm_1', now - 3 * HOUR_MS));
  return { ports, now, service: makeDeadLetterService(ports) };
};
const time = (at: number) => new Date(at).toISOString();

describe('list', () => {
  it('shows everything dead and why, newest death first, and never the body of a message', async () => {
    const { service, now } = setUp();
    const { items, next } = await service.list({ tenant, limit: 10 });
    expect(next).toBeUndefined();
    const at = (hours: number) => ({
      first_failed_at: time(now - hours * HOUR_MS),
      last_failed_at: time(now - hours * HOUR_MS),
    });
    const delivery = { kind: 'delivery', reason: 'mailbox_full', attempts: 3 };
    const reason = 'payload.email: must be an e-mail address';
    expect(items.map(viewDeadLetter)).toEqual([
      {
        id: 'ntf_1',
        notification_id: 'ntf_1',
        event_id: 'evt_9',
        notification_type: 'user.signup',
        ...delivery,
        ...at(1),
      },
      { id: 'evt_1', kind: 'message', event_id: 'evt_1', reason, attempts: 1, ...at(2) },
      { id: 'dlm_1', kind: 'message', reason: 'not_json', attempts: 6, ...at(3) },
      { id: 'ntf_2', notification_id: 'ntf_2', notification_type: 'payment.failed', ...delivery, ...at(4) },
    ]);
  });

  it('adds up the attempts of the failed channels, and says each reason once', () => {
    const channel = { to: 'x', state: 'failed' as const, roundFrom: 0 };
    const item = failedNotification('ntf_1', 5_000, {
      channels: {
        email: { ...channel, attempts: 3, lastError: 'timeout' },
        sms: { ...channel, attempts: 4, lastError: 'timeout' },
        webhook: { ...channel, attempts: 1, lastError: 'gone' },
      },
      firstFailedAt: 1_000,
      redrivenAt: 2_000,
    });
    expect(viewDeadLetter({ of: 'notification', item })).toMatchObject({
      attempts: 8,
      reason: 'timeout, gone',
      first_failed_at: time(1_000),
      last_failed_at: time(5_000),
      redriven_at: time(2_000),
    });
  });

  it.each([
    [{ kind: 'delivery' as const }, ['ntf_1', 'ntf_2']],
    [{ kind: 'message' as const }, ['evt_1', 'dlm_1']],
    [{ type: 'payment.failed' }, ['ntf_2']],
    [{ kind: 'message' as const, type: 'payment.failed' }, []],
  ])('filters by %j', async (filters, ids) => {
    const { items } = await setUp().service.list({ tenant, limit: 10, ...filters });
    expect(items.map(({ item }) => item.id)).toEqual(ids);
  });

  it('takes since as inclusive and until as exclusive', async () => {
    const { service, now } = setUp();
    const window = { since: now - 3 * HOUR_MS, until: now - HOUR_MS };
    const { items } = await service.list({ tenant, limit: 10, ...window });
    expect(items.map(({ item }) => item.id)).toEqual(['evt_1', 'dlm_1']);
  });

  it('leaves out what was stopped or sent, and what belongs to others', async () => {
    const { service, ports, now } = setUp();
    const stopped = failedNotification('ntf_3', now - 1, { channels: {} });
    ports.stored.notifications.write(stopped);
    ports.stored.notifications.write(failedNotification('ntf_4', now - 1, { tenant: 'other' }));
    const { items } = await service.list({ tenant, limit: 1 });
    expect(items.map(({ item }) => item.id)).toEqual(['ntf_1']);
  });
});

describe('redrive', () => {
  it('counts what died before now, and writes nothing', async () => {
    const { service, ports, now } = setUp();
    ports.stored.notifications.write(failedNotification('ntf_now', now));
    expect(await service.match({ input: { dry_run: true }, tenant })).toBe(4);
    expect(await service.match({ input: { kind: 'message' }, tenant })).toBe(2);
    expect(await service.match({ input: { notification_type: 'user.signup' }, tenant })).toBe(1);
    expect(ports.stored.jobs.all()).toEqual([]);
  });

  it('stores the job, marked for the reconciler and without a TTL, then enqueues it', async () => {
    const { service, ports, now } = setUp();
    const { job, replayed } = await service.redrive({ input: { kind: 'delivery', per_second: 7 }, tenant });
    expect(replayed).toBe(false);
    expect(await service.job({ id: job.id, tenant })).toEqual(job);
    expect(job).toMatchObject({ status: 'RUNNING', matched: 2, redriven: 0, perSecond: 7, createdAt: now });
    expect(job.nextCheckAt).toBe(now + 120_000);
    expect(job).not.toHaveProperty('expiresAt');
    expect(ports.replayed).toEqual([job.id]);
  });

  it('is accepted also when it cannot be enqueued: the reconciler will', async () => {
    const { ports } = setUp();
    const queues = { job: () => Promise.reject(new Error('no queue')) };
    const service = makeDeadLetterService({ ...ports, jobs: makeJobService({ ...ports.jobPorts, queues }) });
    const { job } = await service.redrive({ input: {}, tenant });
    expect(ports.stored.jobs.read(job.id)?.status).toBe('RUNNING');
    expect(ports.recording.calls).toEqual([{ verb: 'handOffFailed', args: [{ step: 'replay' }] }]);
  });

  it('with a key, the same again is the first job as it is now; another body is refused', async () => {
    const { service, ports } = setUp();
    const order = { input: { kind: 'delivery' as const }, tenant, idempotencyKey: 'k' };
    const first = await service.redrive(order);
    ports.clock.pass(HOUR_MS);
    const again = await service.redrive(order);
    expect(again).toEqual({ job: first.job, replayed: true });
    expect(ports.replayed).toEqual([first.job.id]);
    await expect(service.redrive({ ...order, input: {} })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    const twoAtOnce = { input: {}, tenant, idempotencyKey: 'l' };
    const both = await Promise.all([service.redrive(twoAtOnce), service.redrive(twoAtOnce)]);
    expect(both[0].job.id).toBe(both[1].job.id);
    expect(both.filter(({ replayed }) => replayed)).toHaveLength(1);
  });

  it('refuses more than it can count, and says what to narrow', async () => {
    const { ports } = setUp();
    const deadLetters = { ...ports.deadLetters, count: async () => undefined };
    const service = makeDeadLetterService({ ...ports, deadLetters });
    await expect(service.redrive({ input: {}, tenant })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/since', detail: expect.stringContaining('100000') }],
    });
  });

  it('knows no job of another tenant', async () => {
    const { service } = setUp();
    const { job } = await service.redrive({ input: {}, tenant });
    await expect(service.job({ id: job.id, tenant: 'other' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(service.job({ id: 'job_none', tenant })).rejects.toMatchObject({ code: 'not-found' });
  });
});

it('counts two at once at most, however many a tenant orders, and serves the tenants alternately', async () => {
  const { ports } = setUp();
  const begun: { whose: string; finish(): void }[] = [];
  const count = ({ tenant: whose }: { tenant: string }): Promise<number> =>
    new Promise((resolve) => begun.push({ whose, finish: () => resolve(0) }));
  const service = makeDeadLetterService({ ...ports, deadLetters: { ...ports.deadLetters, count } });
  const orders = ['noisy', 'noisy', 'noisy', 'noisy', 'quiet'];
  const answers = orders.map((whose) => service.match({ input: { dry_run: true }, tenant: whose }));
  for (let ended = 0; ended < orders.length; ended += 1) {
    expect(begun).toHaveLength(Math.min(ended + 2, orders.length));
    begun[ended]?.finish();
    await new Promise(setImmediate);
  }
  expect(await Promise.all(answers)).toEqual([0, 0, 0, 0, 0]);
  expect(begun.map(({ whose }) => whose)).toEqual(['noisy', 'noisy', 'noisy', 'quiet', 'noisy']);
});

it("refuses a tenant's fifth count at once with rate-limited: who waits for a turn holds a request's place", async () => {
  const { ports } = setUp();
  const counted = Promise.withResolvers<number>();
  const deadLetters = { ...ports.deadLetters, count: () => counted.promise };
  const service = makeDeadLetterService({ ...ports, deadLetters });
  const match = (whose: string) => service.match({ input: { dry_run: true }, tenant: whose });
  const waiting = [...Array.from({ length: 4 }, () => match('noisy')), match('quiet')];
  await expect(match('noisy')).rejects.toMatchObject({ code: 'rate-limited', headers: { 'retry-after': '1' } });
  counted.resolve(3);
  expect(await Promise.all(waiting)).toEqual([3, 3, 3, 3, 3]);
  expect(await match('noisy')).toBe(3);
});
