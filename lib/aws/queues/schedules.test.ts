import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliverMessage } from '../../schema/messages.ts';
import { recordSpans } from '../../telemetry/tracing.testing.ts';
import { inEntrySpan } from '../../telemetry/tracing.ts';
import { makeSchedules } from './schedules.ts';

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

/** A Scheduler that keeps entries by name, as far as the adapter can tell from its answers. */
const startScheduler = async () => {
  const calls: Call[] = [];
  const entries = new Map<string, Record<string, unknown>>();
  const state: { fail: number | undefined } = { fail: undefined };
  const answer = ({ method, path, body }: Call): [number, unknown, string?] => {
    const name = path.split('?')[0]?.split('/').at(-1) ?? '';
    if (state.fail) return [state.fail, { Message: 'no' }, 'InternalServerException'];
    const found = entries.get(name);
    if (method === 'POST' && found) return [409, { Message: `Schedule ${name} already exists.` }, 'ConflictException'];
    if (method !== 'POST' && !found)
      return [404, { Message: `Schedule ${name} does not exist.` }, 'ResourceNotFoundException'];
    if (method === 'DELETE') entries.delete(name);
    if (method === 'GET') return [200, found];
    if (method === 'POST' || method === 'PUT') entries.set(name, body);
    return [200, { ScheduleArn: 'arn' }];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const call = { method: request.method ?? '', path: request.url ?? '', body: text ? JSON.parse(text) : {} };
      calls.push(call);
      const [status, body, type] = answer(call);
      response.writeHead(status, { 'content-type': 'application/json', ...(type && { 'x-amzn-errortype': type }) });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new SchedulerClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const stop = (): void => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  };
  return { calls, entries, state, client, stop };
};

let scheduler: Awaited<ReturnType<typeof startScheduler>>;
let schedules: ReturnType<typeof makeSchedules>;
beforeEach(async () => {
  scheduler = await startScheduler();
  schedules = makeSchedules({
    client: scheduler.client,
    group: 'notifications',
    targetArn: 'arn:aws:sqs:us-east-1:000000000000:delivery',
    roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  });
});
afterEach(() => scheduler.stop());

const timer = { id: 'ntf_1', tenant: 'default', seq: 2, due: Date.parse('2026-05-01T12:00:00.500Z') };
const at = Date.parse('2026-05-01T11:53:00.000Z');
const methods = () => scheduler.calls.map(({ method }) => method);

describe('an entry', () => {
  it('fires once at its minute in UTC, deletes itself, and carries the message', async () => {
    await schedules.create(timer, at);
    expect(scheduler.calls).toHaveLength(1);
    expect(scheduler.calls[0]).toMatchObject({
      method: 'POST',
      path: '/schedules/ntf_1-2',
      body: {
        GroupName: 'notifications',
        ScheduleExpression: 'at(2026-05-01T11:53:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: 'arn:aws:sqs:us-east-1:000000000000:delivery',
          RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
          Input: JSON.stringify({ kind: 'deliver', id: 'ntf_1', tenant: 'default', seq: 2, due: timer.due }),
        },
      },
    });
    const target = scheduler.entries.get('ntf_1-2')?.Target as { RetryPolicy: { MaximumEventAgeInSeconds: number } };
    expect(target.RetryPolicy.MaximumEventAgeInSeconds).toBeGreaterThanOrEqual(60);
  });

  it('says that its message is bulk, and is found equal to what was made for the same timer', async () => {
    await schedules.create({ ...timer, priority: 'bulk' }, at);
    const target = scheduler.entries.get('ntf_1-2')?.Target as { Input: string };
    expect(JSON.parse(target.Input)).toEqual({
      kind: 'deliver',
      id: 'ntf_1',
      tenant: 'default',
      seq: 2,
      due: timer.due,
      priority: 'bulk',
    });
    await schedules.create(timer, at);
    expect(methods()).toEqual(['POST', 'POST', 'GET']);
  });

  it('carries a link to the sampled trace that makes it, which the release before does not read', async () => {
    const recorded = recordSpans();
    await inEntrySpan('entry', {}, () => schedules.create(timer, at));
    recorded.stop();
    const { traceId, spanId } = recorded.named('CreateSchedule').spanContext();
    const target = scheduler.entries.get('ntf_1-2')?.Target as { Input: string };
    const message = JSON.parse(target.Input);
    expect(message.tracelink).toBe(`00-${traceId}-${spanId}-01`);
    expect(deliverMessage.parse(message)).toEqual({
      kind: 'deliver',
      id: 'ntf_1',
      tenant: 'default',
      seq: 2,
      due: timer.due,
    });
  });

  it('made twice is the same entry: get, compare, nothing more', async () => {
    await schedules.create(timer, at);
    await schedules.create(timer, at);
    expect(methods()).toEqual(['POST', 'POST', 'GET']);
    expect(scheduler.entries.size).toBe(1);
  });

  it('made twice by traces of their own is the same entry too', async () => {
    const recorded = recordSpans();
    for (const name of ['first', 'second']) await inEntrySpan(name, {}, () => schedules.create(timer, at));
    recorded.stop();
    expect(methods()).toEqual(['POST', 'POST', 'GET']);
  });

  it('that differs under its name is set right', async () => {
    await schedules.create(timer, at);
    await schedules.create({ ...timer, due: timer.due + 60_000 }, at + 60_000);
    expect(methods()).toEqual(['POST', 'POST', 'GET', 'PUT']);
    expect(scheduler.entries.get('ntf_1-2')?.ScheduleExpression).toBe('at(2026-05-01T11:54:00)');
  });

  it('of another seq is another entry', async () => {
    await schedules.create(timer, at);
    await schedules.create({ ...timer, seq: 3 }, at);
    expect([...scheduler.entries.keys()]).toEqual(['ntf_1-2', 'ntf_1-3']);
  });

  it('is removed, and removing what is gone is a success', async () => {
    await schedules.create(timer, at);
    await schedules.remove(timer);
    await schedules.remove(timer);
    expect(scheduler.entries.size).toBe(0);
  });

  it('is `unavailable` with its cause in an outage, on every path', async () => {
    await schedules.create(timer, at);
    scheduler.state.fail = 500;
    const failure = { code: 'unavailable', cause: expect.any(Error) };
    await expect(schedules.create(timer, at)).rejects.toMatchObject(failure);
    await expect(schedules.remove(timer)).rejects.toMatchObject(failure);
  });
});
