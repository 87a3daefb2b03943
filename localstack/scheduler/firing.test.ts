import { cpSync } from 'node:fs';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Kit, QUEUE, ROLE, START, schedule, settled, startKit, temporaryDirectory } from './scheduler.testing.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let kit: Kit;
beforeEach(async () => {
  kit = await startKit();
});
afterEach(() => kit.close());

const create = async (changes: object) => {
  await kit.client.send(new CreateScheduleCommand(schedule(changes)));
  await settled();
};
const bodies = (on = kit) => on.queues.sent.map(({ body }) => body);
const exists = (Name: string, on = kit) =>
  on.client.send(new GetScheduleCommand({ Name })).then(
    () => true,
    () => false,
  );
const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;
const target = (changes: object) => ({ Target: { Arn: QUEUE, RoleArn: ROLE, Input: '{"n":1}', ...changes } });

describe('one-time schedules', () => {
  it('fire at their second, not before, and once', async () => {
    await create({ ScheduleExpression: at(START + 10 * SECOND) });
    await kit.pass(10 * SECOND - 1);
    expect(kit.queues.sent).toEqual([]);
    await kit.pass(1);
    expect(kit.queues.sent).toEqual([{ queueArn: QUEUE, id: expect.any(String), body: '{"n":1}' }]);
    await kit.pass(DAY);
    expect(kit.queues.sent).toHaveLength(1);
    expect(await exists('one')).toBe(true);
  });

  it('fire by their timer, without a wake', async () => {
    await create({ ScheduleExpression: at(START + SECOND) });
    kit.clock.pass(980);
    kit.scheduler.wake(); // arms the timer for what is left, 20 ms
    await settled();
    kit.clock.pass(20);
    await kit.queues.received(1);
  });

  it('fire at once when they are past, and only once though updated', async () => {
    await create({ ScheduleExpression: at(START - DAY) });
    expect(bodies()).toEqual(['{"n":1}']);
    const again = schedule({ ScheduleExpression: at(START - DAY), Description: 'other' });
    await kit.client.send(new UpdateScheduleCommand(again));
    await settled();
    expect(bodies()).toHaveLength(1);
  });

  it('go away with ActionAfterCompletion DELETE', async () => {
    await create({ ScheduleExpression: at(START + SECOND), ActionAfterCompletion: 'DELETE' });
    await kit.pass(SECOND);
    expect(bodies()).toHaveLength(1);
    expect(await exists('one')).toBe(false);
    expect(kit.scheduler.stats()).toEqual({ schedules: 0, fired: 1, failed: 0 });
  });

  it('fire at the time that an update gave them, with the input that it gave', async () => {
    await create({});
    const ScheduleExpression = at(START + 2 * DAY);
    await kit.client.send(new UpdateScheduleCommand(schedule({ ScheduleExpression, ...target({ Input: 'new' }) })));
    await kit.advance(2 * DAY - SECOND);
    expect(bodies()).toEqual([]);
    await kit.advance(SECOND);
    expect(bodies()).toEqual(['new']);
  });

  it('do not fire when disabled, deleted, or deleted with their group, and fire late when enabled late', async () => {
    await kit.client.send(new CreateScheduleGroupCommand({ Name: 'g' }));
    await create({ Name: 'disabled', State: 'DISABLED' });
    await create({ Name: 'deleted' });
    await create({ Name: 'grouped', GroupName: 'g' });
    await kit.client.send(new DeleteScheduleCommand({ Name: 'deleted' }));
    await kit.client.send(new DeleteScheduleGroupCommand({ Name: 'g' }));
    await kit.advance(2 * DAY);
    expect(bodies()).toEqual([]);
    await kit.client.send(new UpdateScheduleCommand(schedule({ Name: 'disabled' })));
    await settled();
    expect(bodies()).toHaveLength(1);
  });
});

describe('recurring schedules', () => {
  it('a rate fires at once and then every period; its StartDate is its first time', async () => {
    await create({ Name: 'now', ScheduleExpression: 'rate(1 hour)', ...target({ Input: 'now' }) });
    const StartDate = new Date(START + 90 * 60 * SECOND);
    await create({ Name: 'later', ScheduleExpression: 'rate(1 hour)', StartDate, ...target({ Input: 'later' }) });
    expect(bodies()).toEqual(['now']);
    await kit.pass(HOUR);
    expect(bodies()).toEqual(['now', 'now']);
    await kit.pass(HOUR / 2);
    expect(bodies()).toEqual(['now', 'now', 'later']);
    await kit.pass(HOUR);
    expect(bodies()).toEqual(['now', 'now', 'later', 'now', 'later']);
  });

  it('end at their EndDate, and go away then with ActionAfterCompletion DELETE', async () => {
    const EndDate = new Date(START + 2.5 * HOUR);
    await create({ ScheduleExpression: 'cron(0 * * * ? *)', EndDate, ActionAfterCompletion: 'DELETE' });
    for (let hour = 0; hour < 5; hour += 1) await kit.pass(HOUR);
    expect(bodies()).toHaveLength(3); // 10:00, 11:00 and 12:00
    expect(await exists('one')).toBe(false);
  });

  it('an update keeps the grid of a rate', async () => {
    await create({ ScheduleExpression: 'rate(1 hour)' });
    await kit.pass(HOUR / 4);
    await kit.client.send(new UpdateScheduleCommand(schedule({ ScheduleExpression: 'rate(1 hour)' })));
    await settled();
    expect(bodies()).toHaveLength(1);
    await kit.pass((HOUR * 3) / 4);
    expect(bodies()).toHaveLength(2);
  });
});

it('an advance of the clock fires each at() that it passes once, each recurring schedule once, in order', async () => {
  for (const day of [3, 1, 2, 9])
    await create({ Name: `at-${day}`, ScheduleExpression: at(START + day * DAY), ...target({ Input: `at-${day}` }) });
  await create({ Name: 'cron', ScheduleExpression: 'cron(30 10 * * ? *)', ...target({ Input: 'cron' }) });
  await kit.advance(7 * DAY);
  expect(bodies()).toEqual(['cron', 'at-1', 'at-2', 'at-3']);
  await kit.pass(HOUR);
  expect(bodies()).toEqual(['cron', 'at-1', 'at-2', 'at-3', 'cron']);
  await kit.advance(7 * DAY);
  expect(bodies().slice(5)).toEqual(['cron', 'at-9']);
});

it('an advance stops for schedules that fire once, or at most once an hour', async () => {
  const often = [
    'rate(1 minute)',
    'rate(90 minutes)',
    'cron(* * * * ? *)',
    'cron(0/5 10 * * ? *)',
    'cron(1,2 * * * ? *)',
  ];
  for (const [index, ScheduleExpression] of often.entries())
    await create({ Name: `often-${index}`, ScheduleExpression });
  expect(kit.scheduler.nextAt()).toBeUndefined();
  await create({ Name: 'day', ScheduleExpression: 'cron(0 9 * * ? *)' });
  expect(kit.scheduler.nextAt()).toBe(START + 23 * HOUR);
  await create({ Name: 'hours', ScheduleExpression: 'rate(2 hours)' });
  expect(kit.scheduler.nextAt()).toBe(START + 2 * HOUR);
  await create({ Name: 'once', ScheduleExpression: at(START + HOUR) });
  expect(kit.scheduler.nextAt()).toBe(START + HOUR);
  await kit.advance(HOUR);
  expect(kit.scheduler.nextAt()).toBe(START + 2 * HOUR);
});

it('a flexible window fires at its random point', async () => {
  const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 };
  const Input = '<aws.scheduler.scheduled-time>';
  await create({ ScheduleExpression: at(START + HOUR), FlexibleTimeWindow, ...target({ Input }) });
  await kit.pass(1.5 * HOUR - 1);
  expect(bodies()).toEqual([]);
  await kit.pass(1);
  expect(bodies()).toEqual(['2026-11-22T11:00:00Z']);
});

describe('durability', () => {
  it('schedules that were missed while it was down fire at its start, recurring ones once; retries continue', async () => {
    kit.queues.refuse = () => 'out of order';
    await create({ Name: 'retried', ScheduleExpression: at(START), ...target({ Input: 'retried' }) });
    kit.queues.refuse = () => undefined;
    await create({ Name: 'rate', ScheduleExpression: 'rate(1 hour)', ...target({ Input: 'rate' }) });
    await create({ Name: 'at', ScheduleExpression: at(START + HOUR), ...target({ Input: 'at' }) });
    await create({ Name: 'later', ScheduleExpression: at(START + DAY), ...target({ Input: 'later' }) });
    const { directory, clock } = kit;
    await kit.close();
    clock.pass(10 * HOUR);
    kit = await startKit({ directory, clock });
    await settled();
    expect(bodies().sort()).toEqual(['at', 'rate', 'retried']);
    expect(kit.scheduler.stats()).toMatchObject({ schedules: 4, fired: 3 });
    await kit.pass(HOUR);
    expect(bodies().slice(3)).toEqual(['rate']);
  });

  it('a kill between the send and its record makes it fire again, once', async () => {
    const killed = temporaryDirectory();
    await create({ ScheduleExpression: at(START + SECOND), ActionAfterCompletion: 'DELETE' });
    // The copy is the state of the disk while the message is out and nothing is recorded.
    kit.queues.refuse = () => void cpSync(kit.directory, killed, { recursive: true });
    await kit.pass(SECOND);
    expect(bodies()).toHaveLength(1);
    const next = await startKit({ directory: killed, clock: kit.clock });
    await settled();
    expect(bodies(next)).toHaveLength(1);
    expect(await exists('one', next)).toBe(false);
    await next.close();
  });
});

it('thousands that are due at once are sent ten to a call, each once', async () => {
  const count = 1_500;
  for (let n = 0; n < count; n += 250) {
    const some = Array.from({ length: 250 }, (_, i) =>
      schedule({ Name: `s-${n + i}`, ...target({ Input: `${n + i}` }) }),
    );
    await Promise.all(some.map((input) => kit.client.send(new CreateScheduleCommand(input))));
  }
  kit.clock.advance(DAY);
  kit.scheduler.wake();
  await kit.queues.received(count);
  await settled();
  expect(new Set(bodies()).size).toBe(count);
  expect(kit.queues.sent).toHaveLength(count);
  expect(kit.queues.calls).toEqual(Array(count / 10).fill(10));
  expect(kit.scheduler.stats()).toEqual({ schedules: count, fired: count, failed: 0 });
});
