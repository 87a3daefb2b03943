import { describe, expect, test } from 'vitest';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { type Arrival, type Findings, settleAccount } from './account.ts';
import { type Entry, type Ledger, makeLedger } from './ledger.ts';

const DUE = Date.parse('2027-05-25T07:00:00.000Z');
const iso = (at: number): string => new Date(at).toISOString();
type Attempt = NotificationView['attempts'][number];

const attempt = (outcome: Attempt['outcome'], more: Partial<Attempt> = {}): Attempt => ({
  channel: 'webhook',
  number: 1,
  started_at: iso(DUE),
  finished_at: iso(DUE),
  lateness_ms: 0,
  outcome,
  ...more,
});
const view = (status: NotificationView['status'], attempts: Attempt[] = []): NotificationView => ({
  id: 'ntf_1',
  notification_type: 'user.signup',
  entity_id: 'user-1',
  send_at: iso(DUE),
  status,
  channels: {},
  attempts,
  created_at: iso(DUE),
  updated_at: iso(DUE),
  version: 1,
});
const entry = (more: Partial<Entry> = {}): Entry => ({
  key: 'k',
  kind: 'notification',
  channels: ['webhook'],
  dueAt: DUE,
  id: 'ntf_1',
  ...more,
});
const arrival = (more: Partial<Arrival> = {}): Arrival => ({ channel: 'webhook', at: DUE + 5, bytes: '{}', ...more });

const settle = (
  one: Entry,
  found: { view?: NotificationView; arrivals?: Arrival[]; dead?: boolean },
  leniency?: { earlyMs: number },
) => {
  const ledger: Ledger = { ...makeLedger(), entries: [one] };
  const findings: Findings = {
    views: new Map(found.view ? [[one.id ?? '', found.view]] : []),
    arrivals: new Map([['ntf_1', found.arrivals ?? []]]),
    dead: new Set(found.dead ? ['ntf_1'] : []),
  };
  return settleAccount(ledger, findings, leniency);
};
const SENT = view('SENT', [attempt('sent')]);

test('what was accepted, sent and received is in order', () => {
  const account = settle(entry(), { view: SENT, arrivals: [arrival()] });
  expect(account).toMatchObject({ accepted: 1, sent: 1, lost: 0, broken: [], duplicates: {} });
});

describe('a loss is seen', () => {
  test.each<[string, Parameters<typeof settle>[1]]>([
    ['gone', {}],
    ['never ended', { view: view('SENDING') }],
    ['said to be sent, and not received', { view: SENT }],
    ['canceled without a command', { view: view('CANCELED') }],
  ])('%s', (_, found) => {
    const account = settle(entry(), found);
    expect(account).toMatchObject({ lost: 1, sent: 0 });
    expect(account.broken).not.toEqual([]);
  });

  test('on one channel of three', () => {
    const channels = ['webhook', 'email', 'sms'] as const;
    const sent = view(
      'SENT',
      channels.map((channel) => attempt('sent', { channel })),
    );
    const account = settle(entry({ channels }), { view: sent, arrivals: [arrival(), arrival({ channel: 'sms' })] });
    expect(account.lost).toBe(1);
  });
});

describe('a broken promise is seen', () => {
  const canceled = entry({ canceled: 200 });
  test('canceled with 200 is received', () => {
    const account = settle(canceled, { view: view('CANCELED'), arrivals: [arrival()] });
    expect(account.canceledAndReceived).toBe(1);
    expect(account.broken).toHaveLength(1);
  });
  test('canceled with 200 is sent after all', () => {
    expect(settle(canceled, { view: SENT, arrivals: [arrival()] }).broken).toHaveLength(3);
  });
  test('canceled with 200 and never received is in order', () => {
    expect(settle(canceled, { view: view('CANCELED') })).toMatchObject({ canceled: 1, lost: 0, broken: [] });
  });
  test.each(['canceled', 'rescheduled'] as const)('%s: 409, and never ends', (command) => {
    const account = settle(entry({ [command]: 409 }), { view: view('SENDING') });
    expect(account).toMatchObject({ tooLate: 1, tooLateAndOpen: 1, lost: 1 });
  });
  test('answered 409, and never attempted', () => {
    expect(settle(entry({ canceled: 409 }), { view: view('FAILED'), dead: true }).broken).toHaveLength(1);
  });
  test('failed, and listed nowhere', () => {
    expect(settle(entry(), { view: view('FAILED', [attempt('failed')]) }).broken).toHaveLength(1);
    expect(settle(entry(), { view: view('FAILED', [attempt('failed')]), dead: true })).toMatchObject({
      failed: 1,
      broken: [],
    });
  });
  test('received before it is due, unless a clock is off by as much', () => {
    const found = { view: SENT, arrivals: [arrival({ at: DUE - 2_000 })] };
    expect(settle(entry(), found)).toMatchObject({ earlyMs: 2_000, broken: [expect.stringContaining('too early')] });
    expect(settle(entry(), found, { earlyMs: 2_000 }).broken).toEqual([]);
  });
  test('the bytes of a repetition differ', () => {
    const twice = view('SENT', [attempt('unknown', { error: 'worker_lost' }), attempt('sent')]);
    const arrivals = [arrival(), arrival({ bytes: '{"other":1}' })];
    expect(settle(entry(), { view: twice, arrivals }).broken).toEqual(['ntf_1: its bytes changed']);
  });
  test('an answer that must not be', () => {
    const ledger: Ledger = { ...makeLedger(), wrong: ['POST: 500'] };
    const findings = { views: new Map(), arrivals: new Map(), dead: new Set<string>() };
    expect(settleAccount(ledger, findings).broken).toEqual(['POST: 500']);
  });
});

describe('a duplicate has a cause, or is one of ours', () => {
  const twice = (first: Attempt) =>
    settle(entry(), { view: view('SENT', [first, attempt('sent')]), arrivals: [arrival(), arrival()] });
  test.each([
    [attempt('unknown', { error: 'worker_lost' }), 'webhook: worker lost before it could record'],
    [attempt('retry', { error: 'timeout' }), 'webhook: answer late'],
    [attempt('retry', { error: 'connection_reset' }), 'webhook: answer lost'],
    [attempt('retry', { error: 'http_500', http_status: 500 }), 'webhook: receiver answered 500'],
  ])('its cause after %j is "%s"', (first, cause) => {
    expect(twice(first)).toMatchObject({ duplicates: { [cause]: 1 }, broken: [] });
  });
  test('an attempt that was sent once more on a fresh connection', () => {
    const view = { ...SENT, attempts: SENT.attempts.map((one) => ({ ...one, resent: true })) };
    expect(settle(entry(), { view, arrivals: [arrival(), arrival()] })).toMatchObject({
      duplicates: { 'webhook: kept connection closed before an answer': 1 },
      broken: [],
    });
  });
  test('two of a worker that was lost, which may have sent on a fresh connection too', () => {
    const lost = view('SENT', [attempt('unknown', { error: 'worker_lost' }), attempt('sent')]);
    expect(settle(entry(), { view: lost, arrivals: [arrival(), arrival(), arrival()] }).broken).toEqual([]);
    expect(settle(entry(), { view: lost, arrivals: Array.from({ length: 4 }, arrival) }).broken).toHaveLength(1);
  });
  test('none of an attempt that never got through, and none without an attempt', () => {
    expect(twice(attempt('retry', { error: 'connection_refused' }))).toMatchObject({ duplicates: { unexplained: 1 } });
    expect(settle(entry(), { view: SENT, arrivals: [arrival(), arrival()] }).broken).toHaveLength(1);
  });
});
