/**
 * How late near deliveries are; reported, and bounded loosely: nothing early, nothing lost, nothing
 * twice.
 */
import { deepEqual, ok } from 'node:assert/strict';
import { quantile } from '../../kit/quantile.ts';
import { until } from '../../kit/until.ts';
import { inGroup } from '../check.ts';
import type { Service } from '../service.ts';
import type { Notification } from '../shapes.ts';

const check = inGroup('lateness');

/** How many are due in a second, and how far ahead the first of them is. */
const PER_SECOND = 10;
const AHEAD_MS = 4_000;
const AT_ONCE = 8;
const PATIENCE_MS = 30_000;
const NAME = 'near deliveries: none early, none lost, none twice';

const showLateness = (name: string, values: readonly number[]): string => {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(quantile(values, share)));
  return `${name}: p50 ${p50}, p99 ${p99}, max ${most} ms of ${values.length}`;
};

/** Due one after the other from AHEAD_MS on; those that cannot be created in time are due when they are. */
const createAll = async (service: Service, path: string): Promise<Notification[]> => {
  const first = service.now() + AHEAD_MS + (service.deliveries * 1_000) / PER_SECOND / 2;
  const numbers = Array.from({ length: service.deliveries }, (_, n) => n);
  const made: Notification[] = [];
  const work = async (): Promise<void> => {
    for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
      const due = first + (n * 1_000) / PER_SECOND;
      const send_at = new Date(Math.max(due, service.now() + AHEAD_MS / 2)).toISOString();
      made.push(await service.create({ send_at, webhook_url: service.receiver.url(path) }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return made;
};

const latenessOf = (attempted: readonly Notification[]): number[] =>
  attempted.flatMap(({ attempts }) => attempts.slice(0, 1).map(({ lateness_ms }) => lateness_ms));

const measure = async (service: Service): Promise<void> => {
  const path = `/${service.tag}`;
  service.receiver.behave(path, 200);
  const made = await createAll(service, path);
  const lastDue = Math.max(...made.map(({ send_at }) => Date.parse(send_at)));
  const deadlineMs = Math.max(0, lastDue - service.now()) + PATIENCE_MS;
  const arrived = () => new Set(service.receiver.received(path).map(({ id }) => id)).size;
  await until('all have arrived', () => arrived() === made.length, { deadlineMs }).catch(() => {
    throw new Error(
      `${made.length - arrived()} of ${made.length} are lost, ${PATIENCE_MS / 1_000} s after the last was due`,
    );
  });
  const offsetMs = service.now() - Date.now();
  const arrivals = made.map(({ id, send_at }) => {
    const [first] = service.receiver.of(id);
    return { id, lateMs: (first?.at ?? Number.NaN) + offsetMs - Date.parse(send_at) };
  });
  const ended = await Promise.all(made.map(({ id }) => service.untilIs(id, 'SENT')));
  service.note(showLateness('as the service records it', latenessOf(ended)));
  service.note(
    showLateness(
      'as they arrived',
      arrivals.map(({ lateMs }) => lateMs),
    ),
  );
  const early = arrivals.filter(({ lateMs }) => lateMs < -service.uncertaintyMs());
  deepEqual(early, [], 'early');
  ok(
    latenessOf(ended).every((ms) => ms >= 0),
    'the service records a negative lateness',
  );
  const twice = made.filter(({ id }) => service.receiver.of(id).length > 1).map(({ id }) => id);
  deepEqual(twice, [], 'arrived more than once');
};

/** Its time grows with what it has to create and to await. */
export const lateness = (deliveries: number) => [
  check(NAME, { needs: ['receiver'], timeoutMs: 2 * PATIENCE_MS + deliveries * 500 }, measure),
];
