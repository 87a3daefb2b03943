import { expect, it } from 'vitest';
import { makeFaults } from './faults.ts';
import { makeFaultySend } from './scheduler/faulty-send.ts';
import { withExtraDelay } from './sqs/extra-delay.ts';
import type { BatchEntry } from './sqs/message.ts';

/** A fault of rate 0.5 affects every other request, beginning with the first. */
const alternating = () => {
  const values = [0.1, 0.9];
  return (): number => {
    const value = values.shift() ?? 0;
    values.push(value);
    return value;
  };
};
const entry = (id: string): BatchEntry => ({ id, body: id });

const sendingWith = (fault: object) => {
  const faults = makeFaults({ fraction: alternating() });
  expect(faults.set(fault)).toMatchObject({ status: 200 });
  const sent: string[][] = [];
  const send = makeFaultySend(async (_queue, entries) => {
    sent.push(entries.map(({ id }) => id));
    return { failed: [] };
  }, faults);
  return { faults, send, sent };
};

it('a schedule fires twice, or never, at the requested rate, and counts as fired', async () => {
  const twice = sendingWith({ service: 'scheduler', mode: 'fire_twice', rate: 0.5 });
  expect(await twice.send('queue', [entry('a'), entry('b')])).toEqual({ failed: [] });
  expect(twice.sent).toEqual([['a'], ['a', 'b']]);
  const never = sendingWith({ service: 'scheduler', mode: 'fire_never', rate: 0.5 });
  expect(await never.send('queue', [entry('a'), entry('b')])).toEqual({ failed: [] });
  expect(never.sent).toEqual([['b']]);
});

it('a schedule fires late', async () => {
  const { send, sent } = sendingWith({ service: 'scheduler', mode: 'fire_late', delay_ms: 20 });
  await send('queue', [entry('a')]);
  expect(sent).toEqual([]);
  await expect.poll(() => sent).toEqual([['a']]);
});

it('a fault of firings or messages affects no call', () => {
  const faults = makeFaults();
  faults.set({ service: 'scheduler', mode: 'fire_never' });
  faults.set({ service: 'sqs', mode: 'reorder' });
  expect([faults.judge('scheduler'), faults.judge('sqs', 'SendMessage')]).toEqual([undefined, undefined]);
  faults.clear();
  expect([faults.firing(), faults.extraDelay()]).toEqual([{ times: 1, lateMs: 0 }, undefined]);
});

it('messages are delayed at random beyond their own delay, up to the maximum of SQS', () => {
  const faults = makeFaults({ fraction: () => 0.4 });
  faults.set({ service: 'sqs', mode: 'reorder', rate: 0.5, delay_ms: 10_000 });
  const seconds = faults.extraDelay() ?? (() => Number.NaN);
  expect(JSON.parse(withExtraDelay('{"MessageBody":"a"}', seconds))).toEqual({ MessageBody: 'a', DelaySeconds: 4 });
  const batch = JSON.stringify({ Entries: [{ Id: '0', DelaySeconds: 899 }, { Id: '1' }] });
  expect(JSON.parse(withExtraDelay(batch, seconds))).toEqual({
    Entries: [
      { Id: '0', DelaySeconds: 900 },
      { Id: '1', DelaySeconds: 4 },
    ],
  });
  expect(withExtraDelay('not JSON', seconds)).toBe('not JSON');
  const fifo = '{"QueueUrl":"http://127.0.0.1:4566/000000000000/work.fifo","MessageBody":"a"}';
  expect(withExtraDelay(fifo, seconds)).toBe(fifo);
});

it.each([
  { service: 'sqs', mode: 'fire_twice' },
  { service: 'scheduler', mode: 'reorder' },
  { service: 'dynamodb', mode: 'duplicate' },
])('refuses %j', (fault) => {
  expect(makeFaults().set(fault)).toMatchObject({ status: 400 });
});
