/** PATCH, DELETE, stop and retry in every state that a notification can be in: the table of the contract. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Answer } from '../../kit/client.ts';
import { until } from '../../kit/until.ts';
import { type Check, inGroup } from '../check.ts';
import { expectProblem } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { type Code, NOTIFICATIONS, type Notification, type Status } from '../shapes.ts';
import { sendTo } from './delivering.ts';

const check = inGroup('states');

/** Ends what a state held back. */
type Made = { id: string; release?: () => void };

const inFlight = async (service: Service): Promise<Made> => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { id } = await sendTo(service, () => promise);
  await until('it is in flight', () => service.receiver.of(id).length === 1, { deadlineMs: 20_000 });
  return { id, release: () => resolve(200) };
};
const stopped = async (service: Service): Promise<Made> => {
  const { id } = await sendTo(service, 503);
  await service.untilIs(id, 'RETRYING');
  equal((await service.api('POST', `${NOTIFICATIONS}${id}/stop`)).status, 200);
  return { id };
};
const canceled = async (service: Service): Promise<Made> => {
  const { id } = await service.create();
  equal((await service.api('DELETE', `${NOTIFICATIONS}${id}`)).status, 200);
  return { id };
};

const A = 'already-attempted';
const E = 'already-ended';
const N = 'not-failed';
/** Status, and state afterwards; or the code of the 409. */
type Row = [
  name: string,
  before: Status[],
  make: (w: Service) => Promise<Made>,
  wanted: [string, string, string, string],
];
const table: Row[] = [
  ['never claimed', ['SCHEDULED'], (w) => w.create(), ['200', '200 CANCELED', '200 CANCELED', N]],
  ['SENDING', ['SENDING'], inFlight, [A, A, '200 SENDING', N]],
  ['RETRYING', ['RETRYING'], (w) => sendTo(w, 503), [A, A, '200 FAILED', N]],
  ['SENT', ['SENT'], (w) => sendTo(w, 200), [A, A, E, N]],
  ['FAILED', ['FAILED'], (w) => sendTo(w, 410), [A, A, E, '202']],
  ['FAILED by stop', ['FAILED'], stopped, [A, A, '200 FAILED', N]],
  ['CANCELED', ['CANCELED'], canceled, [E, '200 CANCELED', '200 CANCELED', N]],
];
const commands: [name: string, run: (service: Service, id: string) => Promise<Answer<Notification>>][] = [
  ['PATCH', ({ api, at }, id) => api('PATCH', `${NOTIFICATIONS}${id}`, { send_at: at(5 * DAY_MS) })],
  ['DELETE', ({ api }, id) => api('DELETE', `${NOTIFICATIONS}${id}`)],
  ['stop', ({ api }, id) => api('POST', `${NOTIFICATIONS}${id}/stop`)],
  ['retry', ({ api }, id) => api('POST', `${NOTIFICATIONS}${id}/retry`)],
];

const expectOutcome = (what: string, answer: Answer<Notification>, wanted: string, before: Notification): void => {
  const [status, state] = wanted.split(' ');
  if (!/^\d+$/.test(status ?? '')) {
    const { notification_status, channels } = expectProblem(answer, wanted as Code);
    deepEqual([notification_status, channels], [before.status, before.channels], `${what}: the state that it tells`);
    return;
  }
  equal(answer.status, Number(status), `${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  equal(answer.headers.get('etag'), `"${answer.body.version}"`, `${what}: ETag`);
  if (state) equal(answer.body.status, state, what);
};

const isIn = (before: readonly Status[]) => (n: Notification) => before.includes(n.status);

const runRow = async (service: Service, [name, before, make, wanted]: Row): Promise<void> => {
  for (const [at, [command, run]] of commands.entries()) {
    const what = `${command} when ${name}`;
    const made = await make(service);
    try {
      const known = await service.untilIs(made.id, isIn(before));
      const answer = await run(service, made.id);
      expectOutcome(what, answer, wanted[at] ?? '', known);
      if (answer.status === 409) deepEqual(await service.read(made.id), known, `${what}: it changed something`);
      if (answer.status === 200 && command !== 'PATCH') {
        const again = await run(service, made.id);
        deepEqual([again.status, again.body], [200, answer.body], `${what}: repeating it repeats the answer`);
      }
    } finally {
      made.release?.();
    }
  }
};

const OWN = ['never claimed', 'CANCELED'];

export const states: Check[] = [
  ...table.map((row) =>
    check(
      `${row[0]}: PATCH ${row[3][0]}, DELETE ${row[3][1]}, stop ${row[3][2]}, retry ${row[3][3]}`,
      {
        needs: OWN.includes(row[0]) ? [] : ['receiver'],
        timeoutMs: 90_000,
      },
      (service) => runRow(service, row),
    ),
  ),

  check('the state is looked at before If-Match', async (service) => {
    const { id } = await canceled(service);
    const headers = { 'if-match': '"stale"' };
    const answer = await service.api('PATCH', `${NOTIFICATIONS}${id}`, { send_at: service.at(DAY_MS) }, { headers });
    ok(answer.status === 409, `${answer.status} instead of 409`);
    expectProblem(answer, E);
  }),
];
