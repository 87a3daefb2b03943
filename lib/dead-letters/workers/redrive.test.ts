import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import {
  type DeadLetterPorts,
  failedNotification,
  makeRedriveRunner,
  rawMessage,
  rejectedEvent,
} from '../../testing/dead-letters.ts';
import { forever } from '../../testing/jobs.ts';
import type { RedriveJob } from '../redrive-job.ts';
import { setUp, tenant } from './redrive.testing.ts';

const many = (ports: DeadLetterPorts, count: number, at: number) => {
  const ids = Array.from({ length: count }, (_, n) => `ntf_${String(n).padStart(4, '0')}`);
  for (const [n, id] of ids.entries()) ports.stored.notifications.write(failedNotification(id, at - n));
  return ids;
};

describe('the worker of a redrive', () => {
  it('brings each kind back in its own way, and ends with exact counts and a TTL', async () => {
    const { ports, at, order, service, job } = setUp();
    ports.stored.notifications.write(failedNotification('ntf_1', at));
    ports.stored.events.write(rejectedEvent('evt_1', at));
    ports.stored.raws.write(rawMessage('dlm_1', at));
    const { id } = (await order({ input: {}, tenant })).job;
    await service.run(id, forever);
    const redrivenAt = ports.clock.now();

    const notification = ports.stored.notifications.read('ntf_1');
    expect(notification).toMatchObject({ status: 'RETRYING', redrivenAt: expect.any(Number) });
    expect(notification?.channels.email).toMatchObject({ state: 'retrying' });
    expect(notification?.channels.sms).toMatchObject({ state: 'sent' });
    expect(notification).not.toHaveProperty('expiresAt');
    expect(ports.armed).toEqual([{ id: 'ntf_1', tenant: 'default', seq: 2, due: expect.any(Number) }]);
    expect(ports.stored.events.read('evt_1')).toMatchObject({ status: 'ACCEPTED' });
    expect(ports.processed).toEqual(['evt_1']);
    expect(ports.resent).toEqual([{ queue: 'delivery', body: 'not ours: dlm_1' }]);
    expect(ports.stored.raws.read('dlm_1')?.redrivenAt).toBeLessThanOrEqual(redrivenAt);
    expect(job(id)).toMatchObject({ status: 'DONE', matched: 3, redriven: 3, skipped: 0, failed: 0, page: [] });
    expect(job(id)?.expiresAt).toBeGreaterThan(redrivenAt / 1000);
    expect(job(id)).not.toHaveProperty('nextCheckAt');
  });

  it('for an endpoint brings back its deliveries alone, and of those the webhook alone', async () => {
    const { ports, at, order, service, job } = setUp();
    const endpoint_id = `end_${'1'.repeat(26)}`;
    const failed = { state: 'failed' as const, attempts: 3, roundFrom: 0 };
    const email = { ...failed, to: 'a@b.c', lastError: 'mailbox_full' };
    const webhook = { ...failed, to: endpoint_id, lastError: 'endpoint_disabled' };
    ports.stored.notifications.write(failedNotification('ntf_1', at, { channels: { email, webhook } }));
    ports.stored.notifications.write(failedNotification('ntf_2', at, { channels: { email } }));
    ports.stored.events.write(rejectedEvent('evt_1', at));
    const { id } = (await order({ input: { endpoint_id }, tenant })).job;
    await service.run(id, forever);
    expect(job(id)).toMatchObject({ status: 'DONE', matched: 1, redriven: 1, skipped: 0 });
    expect(ports.stored.notifications.read('ntf_1')).toMatchObject({
      status: 'RETRYING',
      channels: { email, webhook: { state: 'retrying', roundFrom: 3 } },
    });
    expect(ports.stored.notifications.read('ntf_2')?.status).toBe('FAILED');
  });

  it('takes what dies until its time has settled, and nothing later', async () => {
    const { ports, at, order, job } = setUp();
    const now = ports.clock.now();
    const delays: number[] = [];
    const send = async (_: unknown, _kind: string, seconds: number) => void delays.push(seconds);
    const service = makeRedriveRunner({ ...ports, jobPorts: { ...ports.jobPorts, queues: { job: send } } });
    ports.stored.notifications.write(failedNotification('ntf_before', at));
    const { id } = (await order({ input: {}, tenant, settleMs: 25_000 })).job;
    await service.run(id, forever);
    expect(delays).toEqual([26]);
    expect(job(id)).toMatchObject({ status: 'RUNNING', page: [] });
    for (const [name, at] of [
      ['in_time', now + 24_999],
      ['late', now + 25_000],
    ] as const)
      ports.stored.notifications.write(failedNotification(`ntf_${name}`, at));
    ports.clock.pass(26_000);
    await service.run(id, forever);
    expect(job(id)).toMatchObject({ status: 'DONE', createdAt: now, matched: 1, redriven: 2 });
    expect(ports.stored.notifications.read('ntf_in_time')?.status).toBe('RETRYING');
    expect(ports.stored.notifications.read('ntf_late')?.status).toBe('FAILED');
  });

  it('lists a resent message with redriven_at, and takes it in no other job', async () => {
    const { ports, at, order, service, job } = setUp();
    ports.stored.raws.write(rawMessage('dlm_1', at));
    await service.run((await order({ input: {}, tenant })).job.id, forever);
    ports.clock.pass(1_000);
    const second = (await order({ input: {}, tenant })).job;
    await service.run(second.id, forever);
    expect(second.matched).toBe(0);
    expect(job(second.id)).toMatchObject({ status: 'DONE', redriven: 0 });
    expect(ports.resent).toHaveLength(1);
    const { items } = await ports.deadLetters.list({ tenant, limit: 10 });
    expect(items).toMatchObject([{ of: 'raw', item: { id: 'dlm_1', redrivenAt: expect.any(Number) } }]);
  });

  it('marks a message as resent also when another writer changed it meanwhile, and keeps that change', async () => {
    const { ports, at, order } = setUp();
    const raw = rawMessage('dlm_1', at);
    ports.stored.raws.write(raw);
    const resend = async () => void ports.stored.raws.write({ ...raw, erasedAt: at, writeId: 'erasure' });
    const service = makeRedriveRunner({ ...ports, queues: { ...ports.queues, resend } });
    const { id } = (await order({ input: {}, tenant })).job;
    await service.run(id, forever);
    expect(ports.stored.raws.read('dlm_1')).toMatchObject({ erasedAt: at, redrivenAt: expect.any(Number) });
  });

  it('takes what died before the job began, and nothing later', async () => {
    const { ports, at, order, service, job } = setUp();
    many(ports, 3, at);
    const { id } = (await order({ input: {}, tenant })).job;
    ports.clock.pass(5);
    ports.stored.notifications.write(failedNotification('ntf_late', ports.clock.now()));
    await service.run(id, forever);
    expect(ports.stored.notifications.read('ntf_late')?.status).toBe('FAILED');
    expect(job(id)).toMatchObject({ matched: 3, redriven: 3 });
  });

  it('skips what was retried by hand meanwhile', async () => {
    const { ports, at, order, service, job } = setUp();
    many(ports, 3, at);
    const { id } = (await order({ input: {}, tenant })).job;
    ports.stored.notifications.write(failedNotification('ntf_0001', at, { status: 'RETRYING' }));
    await service.run(id, forever);
    expect(job(id)).toMatchObject({ matched: 3, redriven: 2, skipped: 1 });
    expect(ports.armed.map((timer) => timer.id).toSorted()).toEqual(['ntf_0000', 'ntf_0002']);
  });

  it('keeps to per_second, evenly, over pages', async () => {
    const { ports, at, order } = setUp();
    many(ports, 120, at);
    const times: number[] = [];
    const arm = async () => {
      times.push(ports.clock.monotonic());
    };
    // A clock that sleepers move to the time they wait for, as real ones find it.
    const sleep = async (ms: number) => {
      const until = ports.clock.monotonic() + ms;
      await Promise.resolve();
      if (until > ports.clock.monotonic()) ports.clock.pass(until - ports.clock.monotonic());
    };
    const worker = makeRedriveRunner({ ...ports, sleep, timer: { ...ports.timer, arm } });
    await worker.runToEnd((await order({ input: { per_second: 10 }, tenant })).job.id);
    expect(times).toHaveLength(120);
    const elapsed = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(elapsed).toBeGreaterThanOrEqual(10_900);
    expect(elapsed).toBeLessThan(13_000);
  });

  it('hands over when its time is nearly used up, and the next one goes on where it was', async () => {
    const { ports, at, order, service, job } = setUp();
    many(ports, 250, at);
    const { id } = (await order({ input: { per_second: 500 }, tenant })).job;
    const started = ports.clock.monotonic();
    const short = { remainingMs: () => (ports.clock.monotonic() - started > 200 ? 10_000 : 60_000) };
    await service.run(id, short);
    expect(ports.replayed).toEqual([id, id]);
    expect(job(id)).toMatchObject({ status: 'RUNNING' });
    await service.run(id, forever);
    expect(job(id)).toMatchObject({ status: 'DONE', matched: 250, redriven: 250, skipped: 0, failed: 0 });
    expect(new Set(ports.armed.map((timer) => timer.id)).size).toBe(250);
    expect(ports.armed).toHaveLength(250);
  });

  it('never takes one twice, also when it died again and its page is repeated after a crash', async () => {
    const { ports, at, order, job } = setUp();
    many(ports, 3, at);
    ports.stored.raws.write(rawMessage('dlm_1', at - 9));
    const { id } = (await order({ input: {}, tenant })).job;
    let saves = 0;
    const { jobs } = ports.jobPorts;
    const replace: typeof jobs.replace = async (next, expected) => {
      saves += 1;
      if (saves === 2) throw new ServiceError('unavailable', 'crash after the page, before it is saved');
      return jobs.replace(next, expected);
    };
    const crashing = makeRedriveRunner({ ...ports, jobPorts: { ...ports.jobPorts, jobs: { ...jobs, replace } } });
    await expect(crashing.run(id, forever)).rejects.toThrow('crash');
    expect(ports.armed).toHaveLength(3);
    ports.clock.pass(10);
    // Dead again, the second time by the word of a host whose clock is behind.
    for (const [key, diedAt] of [
      ['ntf_0000', ports.clock.now()],
      ['ntf_0001', at],
    ] as const) {
      const { redrivenAt = 0 } = ports.stored.notifications.read(key) ?? {};
      ports.stored.notifications.write(failedNotification(key, diedAt, { redrivenAt }));
    }
    await crashing.run(id, forever);
    expect(ports.armed).toHaveLength(3);
    expect(ports.resent).toHaveLength(1);
    expect(job(id)).toMatchObject({ status: 'DONE', matched: 4, redriven: 4, skipped: 0 });
  });

  it('skips what was retried by hand and died again while its page was in flight', async () => {
    const { ports, at, order, service, job } = setUp();
    many(ports, 1, at);
    const planned = (await order({ input: {}, tenant })).job;
    const running: RedriveJob = { ...planned, page: ['ntf_0000'], last: true };
    ports.stored.jobs.write(running);
    ports.clock.pass(10);
    ports.stored.notifications.write(failedNotification('ntf_0000', ports.clock.now()));
    await service.run(planned.id, forever);
    expect(ports.armed).toEqual([]);
    expect(job(planned.id)).toMatchObject({ status: 'DONE', redriven: 0, skipped: 1 });
  });

  it('stops when another one has taken the job over, so that the rate stays what it was', async () => {
    const { ports, at, order } = setUp();
    many(ports, 300, at);
    const { id } = (await order({ input: {}, tenant })).job;
    let pages = 0;
    const list: typeof ports.deadLetters.list = async (query) => {
      pages += 1;
      const job = ports.stored.jobs.read(id);
      if (job) ports.stored.jobs.write({ ...job, writeId: 'of-another' });
      return ports.deadLetters.list(query);
    };
    await makeRedriveRunner({ ...ports, deadLetters: { ...ports.deadLetters, list } }).run(id, forever);
    expect(pages).toBe(1);
    expect(ports.stored.jobs.read(id)?.writeId).toBe('of-another');
  });

  it('stops where it is during an outage, and goes on afterwards without loss', async () => {
    const { ports, at, order, job } = setUp();
    ports.stored.raws.write(rawMessage('dlm_1', at));
    const { id } = (await order({ input: {}, tenant })).job;
    let down = true;
    const resend = async (queue: string, body: string) => {
      if (down) throw new ServiceError('unavailable', 'no queue');
      return ports.queues.resend(queue, body);
    };
    const service = makeRedriveRunner({ ...ports, queues: { ...ports.queues, resend } });
    await expect(service.run(id, forever)).rejects.toThrow('no queue');
    expect(ports.stored.raws.read('dlm_1')).not.toHaveProperty('redrivenAt');
    down = false;
    await service.run(id, forever);
    expect(ports.resent).toHaveLength(1);
    expect(job(id)).toMatchObject({ status: 'DONE', redriven: 1 });
  });

  it('one that cannot be redriven fails alone', async () => {
    const { ports, at, order, job } = setUp();
    many(ports, 2, at);
    ports.stored.raws.write(rawMessage('dlm_1', at - 5));
    const { body: _, ...large } = rawMessage('dlm_2', at - 6);
    ports.stored.raws.write(large);
    const { id } = (await order({ input: {}, tenant })).job;
    const get: typeof ports.notifications.get = async (key) => {
      if (key === 'ntf_0000') throw new TypeError('broken item');
      return ports.notifications.get(key);
    };
    await makeRedriveRunner({ ...ports, notifications: { ...ports.notifications, get } }).run(id, forever);
    expect(job(id)).toMatchObject({ status: 'DONE', matched: 4, redriven: 2, failed: 2, skipped: 0 });
  });

  it('leaves a job alone that is done, or that there is not', async () => {
    const { ports, order, service, job } = setUp();
    const { id } = (await order({ input: {}, tenant })).job;
    await service.run(id, forever);
    const done = job(id);
    await service.run(id, forever);
    await service.run('job_none', forever);
    expect(job(id)).toEqual(done);
    expect(ports.armed).toEqual([]);
  });
});
