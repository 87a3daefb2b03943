/** What a JSON Schema cannot say about our fields, and about fields that stand beside each other. */
import fc, { type Arbitrary } from 'fast-check';
import type { Fields } from './schema.ts';

const DAY_MS = 86_400_000;
/** Within the horizon of ten years, whatever the zone, from two days ahead. */
const daysAhead = fc.integer({ min: 2, max: 3_600 });
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Kiritimati'];

/** Addresses that the log is searched for at the end. */
export const MARK = 'fuzzed-recipient';

type WriteTime = (ms: number) => string;
const iso: WriteTime = (ms) => new Date(ms).toISOString();
const forms: WriteTime[] = [
  iso,
  (ms) => iso(ms).slice(0, 10),
  (ms) => iso(ms).slice(0, 19),
  (ms) => iso(ms).slice(0, 16),
  (ms) => `${iso(ms).slice(0, 23)}456789Z`,
  (ms) => iso(ms).replace('T', ' '),
  (ms) => iso(ms).toLowerCase(),
  (ms) => iso(ms).replace('Z', '+05:30'),
  (ms) => iso(ms).replace('Z', '-12:00'),
];

/** Some are due at once, so that deliveries run beside the requests. */
const timeAhead = (now: number): Arbitrary<string> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(daysAhead, fc.integer({ min: 0, max: DAY_MS }), fc.constantFrom(...forms))
        .map(([days, ms, write]) => write(now + days * DAY_MS + ms)),
    },
    { weight: 1, arbitrary: fc.integer({ min: 120_000, max: 600_000 }).map((ms) => iso(now + ms)) },
  );

const anyTime: Arbitrary<string> = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(...forms))
  .map(([ms, write]) => write(ms));

const timeOfDay = (hours: [number, number]): Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: hours[0], max: hours[1] }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));

/** It opens each week, so that what expires after more than a week can be sent. */
const window = fc.record(
  {
    from: timeOfDay([0, 11]),
    until: timeOfDay([12, 23]),
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 }),
    timezone: fc.constantFrom(...ZONES),
    outside: fc.constantFrom('defer', 'drop'),
  },
  { requiredKeys: ['from', 'until'], noNullPrototype: true },
);
const expiresAfter = fc.constantFrom('P8DT12H', 'P2W', 'P366D', 'PT1000H', 'P10DT0.5S');

const email = fc.stringMatching(/^[A-Za-z0-9_+-]{1,20}$/).map((local) => `${local}@${MARK}.example.com`);
/** Numbers that the default country (IN) or E.164 gives a length to. */
const phone = fc.oneof(
  fc.stringMatching(/^\+1415555\d{4}$/),
  fc.stringMatching(/^9999\d{6}$/),
  fc.stringMatching(/^\+49151\d{8}$/),
);
const urlTo = (sinkUrl: string) => fc.webPath({ size: 'small' }).map((path) => `${sinkUrl}/${MARK}${path}`);

/**
 * By the field's name, wherever it stands. @param sinkUrl a receiver of this process: nothing
 * leaves the machine
 */
export const makeFields = (now: number, sinkUrl: string): Fields => {
  const url = urlTo(sinkUrl);
  const recipients = fc.record({ email, phone, webhook_url: url }, { requiredKeys: [], noNullPrototype: true });
  return {
    target_date: timeAhead(now),
    send_at: timeAhead(now),
    timezone: fc.constantFrom(...ZONES),
    window,
    expires_after: expiresAfter,
    // What is skipped cannot be changed any more, and `reject` depends on target and lead together.
    if_past: fc.oneof({ weight: 9, arbitrary: fc.constant('send') }, { weight: 1, arbitrary: fc.constant('skip') }),
    cron: fc.constantFrom('0 9 * * *', '*/5 * * * *', '30 2 L * *', '0 9 * * mon#1', '15 1-3 1,15 * fri'),
    start: fc.integer({ min: -30, max: 30 }).map((days) => iso(now + days * DAY_MS)),
    end: fc.integer({ min: 300, max: 3_000 }).map((days) => iso(now + days * DAY_MS)),
    email,
    phone,
    webhook_url: url,
    url,
    since: anyTime,
    until: anyTime,
    due_after: anyTime,
    due_before: anyTime,
    time: anyTime,
    limit: fc.integer({ min: 1, max: 100 }).map(String),
    expires_at: daysAhead.map((days) => iso(now + days * DAY_MS)),
    name: fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,30}$/),
    secret: fc
      .uint8Array({ minLength: 24, maxLength: 64 })
      .map((key) => `whsec_${Buffer.from(key).toString('base64')}`),
    headers: fc.dictionary(fc.stringMatching(/^x-[a-z0-9-]{1,20}$/), fc.stringMatching(/^[!-~]{1,30}$/), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
    scopes: fc.subarray(['events:write', 'events:read', 'notifications:write', 'admin'], { minLength: 1 }),
    'if-match': fc.constantFrom('*', '"1"', 'W/"1"', '"1", "2"'),
    'idempotency-key': fc.stringMatching(/^[\x21-\x7e]{8,40}$/),
    idempotency_key: fc.stringMatching(/^[\x21-\x7e]{8,40}$/),
    payload: fc
      .tuple(
        fc.dictionary(fc.stringMatching(/^[a-z_]{1,10}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
        recipients,
      )
      .map(([other, known]) => ({ user_id: 1, ...JSON.parse(JSON.stringify(other)), ...known })),
  };
};

type Json = Record<string, unknown>;

const without = (body: Json, ...names: string[]): Json =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));

const oneTiming = (body: Json, fallback: string): Json => {
  if ('target_date' in body) return without(body, 'send_at');
  return 'send_at' in body ? without(body, 'lead_time_days') : { ...body, target_date: fallback };
};

const withRecipient = (body: Json): Json =>
  ['email', 'phone', 'webhook_url', 'endpoint_id'].some((name) => name in body)
    ? body
    : { ...body, email: `other@${MARK}.example.com` };

/** E-mail and SMS of a type without a built-in text need one that is not blank. */
const withText = (body: Json): Json => ({ ...body, body: String(body.body ?? '').trim() ? body.body : 'Fuzzed.' });

const inOrder = (body: Json): Json => {
  const { since, until } = body;
  return since !== undefined && until !== undefined ? { ...body, since: '2001-01-01', until: '2031-01-01' } : body;
};

/** An entity, and times in order. */
const selecting = (body: Json): Json => {
  const named = 'group' in body || 'entity_id' in body ? body : { ...body, entity_id: 'no-entity-at-all' };
  const { due_after: after, due_before: before } = body;
  const isRange = after !== undefined && before !== undefined;
  return isRange ? { ...named, due_after: '2001-01-01', due_before: '2031-01-01' } : named;
};

const alone = (body: Json, fallback: Json): Json =>
  Object.fromEntries(Object.entries({ ...fallback, ...body }).slice(-1));
const unlessEmpty = (body: Json, fallback: Json): Json => (Object.keys(body).length === 0 ? fallback : body);

/**
 * Of an operation's body: makes what each field allows alone into what they allow together.
 * @param endpoint an endpoint that exists
 */
export const repairsAt = (now: number, endpoint: () => string | undefined): Record<string, (body: Json) => Json> => {
  const existing = (body: Json): Json => {
    const { endpoint_id: asked, ...rest } = body;
    const id = asked === undefined || 'webhook_url' in body ? undefined : endpoint();
    return id === undefined ? rest : { ...rest, endpoint_id: id };
  };
  const fallback = iso(now + 30 * DAY_MS);
  const content = (body: Json): Json => withRecipient(existing(withText(body)));
  /** A lead of years makes the due time long past, and what expires from then on misses any window. */
  const notification = (body: Json): Json => {
    const repaired = oneTiming(content(body), fallback);
    return 'expires_after' in repaired ? without(repaired, 'window') : repaired;
  };
  /** An erasure deletes schedules, from the list too: none is for a person that another campaign erases. */
  const unerased = (body: Json): Json => ({
    ...without(body, 'phone', 'webhook_url', 'endpoint_id'),
    email: `scheduled@${MARK}.example.com`,
  });
  const inContent =
    (repair: (body: Json) => Json) =>
    (body: Json): Json =>
      'notification' in body ? { ...body, notification: repair(body.notification as Json) } : body;
  return {
    createNotification: notification,
    createNotificationBatch: ({ items, ...rest }) => ({ ...rest, items: (items as Json[]).map(notification) }),
    rescheduleNotification: (body) => oneTiming(existing(withText(body)), fallback),
    createSchedule: inContent((given) => unerased(withText(given))),
    patchSchedule: (body) => unlessEmpty(inContent((given) => unerased(withText(given)))(body), { paused: true }),
    cancelNotifications: selecting,
    rescheduleNotifications: (body) => selecting(oneTiming(body, fallback)),
    redriveDeadLetters: inOrder,
    patchEndpoint: (body) => unlessEmpty(body, { description: 'fuzzed' }),
    erasePerson: (body) => alone(body, { entity_id: 'no-entity-at-all' }),
  };
};
