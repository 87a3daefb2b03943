/** CloudEvents in their three modes: by the book they are taken, otherwise refused by name. */
import fc, { type Arbitrary } from 'fast-check';
import { explore, type FuzzContext, type Judge } from './explore.ts';
import { hostileValue, type Mutation, mutate, mutation, TEXTS } from './hostile.ts';
import type { FuzzRequest } from './request.ts';
import { anyJson } from './schema.ts';

const PATH = '/api/v1/events/';
const BATCH_PATH = '/api/v1/events/batch';
const STRUCTURED = 'application/cloudevents+json';
const BATCHED = 'application/cloudevents-batch+json';
const BATCH_MAX = 25;

type Attributes = Record<string, unknown>;

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused.
  .filter((one) => one.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(one));
const extensionName = fc
  .stringMatching(/^[a-z0-9]{1,20}$/)
  .filter(
    (name) =>
      ![
        'data',
        'specversion',
        'id',
        'source',
        'type',
        'subject',
        'time',
        'datacontenttype',
        'dataschema',
        'constructor',
      ].includes(name),
  );

const textual = {
  id: fc.uuid(),
  source: word.map((one) => `/fuzz/${one}`),
  type: word,
  subject: text,
  time: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
  dataschema: word.map((one) => `https://schemas.invalid/${one}`),
};
const data = fc
  .dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), anyJson, { maxKeys: 3, noNullPrototype: true })
  // A payload that names a recipient is a rule's business, not the envelope's.
  .map((payload) => payload as Attributes);

const required = ['id', 'source', 'type'] as const;
const attributes = fc.record({ ...textual }, { requiredKeys: [...required], noNullPrototype: true });

const structured: Arbitrary<Attributes> = fc
  .tuple(
    attributes,
    fc.dictionary(extensionName, fc.oneof(text, fc.boolean(), fc.integer()), { maxKeys: 3, noNullPrototype: true }),
    fc.option(data),
    fc.constantFrom('data', 'base64', 'none', 'null'),
  )
  .map(([known, extensions, payload, how]) => ({
    ...extensions,
    specversion: '1.0',
    ...known,
    ...(how === 'data' && { data: payload ?? {}, datacontenttype: 'application/json' }),
    ...(how === 'base64' && { data_base64: Buffer.from(JSON.stringify(payload ?? {})).toString('base64') }),
    ...(how === 'null' && { data: null, subject: null }),
  }));

const shotOf = (type: string, body: unknown, headers: [string, string][] = []): FuzzRequest => ({
  method: 'POST',
  path: type === BATCHED ? BATCH_PATH : PATH,
  headers: [['content-type', type], ...headers],
  body: JSON.stringify(body) ?? '',
});

/** Ids are random: an id that was there before with other content is a 422 of the shrinker's making. */
const mustBeTaken: Judge = (_, { status, text }) =>
  [200, 201, 422].includes(status) ? [] : [`a valid CloudEvent is refused: ${text}`];

const headerValue = (value: unknown): string => encodeURIComponent(String(value)).replaceAll('%20', ' ').trim();

const binaryShot = ({ data: payload, data_base64: _, datacontenttype: __, ...rest }: Attributes): FuzzRequest => ({
  method: 'POST',
  path: PATH,
  headers: [
    ['content-type', 'application/json'],
    ...Object.entries(rest)
      .filter(([, value]) => value !== null && headerValue(value) !== '')
      .map(([name, value]): [string, string] => [`ce-${name}`, headerValue(value)]),
  ],
  body: JSON.stringify(payload ?? {}),
});

const batch = fc.uniqueArray(structured, { maxLength: BATCH_MAX, selector: ({ id }) => id });

const hostileHeader: Arbitrary<[string, string]> = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      'id',
      'source',
      'type',
      'time',
      'specversion',
      'subject',
      'data',
      'datacontenttype',
      'dataschema',
      'a-b',
      'A_',
      '__proto__',
      'constructor',
      'x'.repeat(65),
    ),
    fc.stringMatching(/^[a-z0-9_.-]{1,12}$/),
  ),
  fc
    .constantFrom(...TEXTS, '%', '%zz', '%ff', '"', '"\\', '%00', '1.0', '%ed%a0%80')
    .map((one) => one.slice(0, 1_500).replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '')),
);

const mutations: Arbitrary<Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 2 });

/**
 * What valid elements are left must not be written when one is refused: `records.ts` counts them at
 * the end.
 */
export const exploreCloudEvents = async (context: FuzzContext): Promise<void> => {
  const share = { ...context, runs: context.runs / 2 };
  const valid = { judge: mustBeTaken };
  await explore(share, {
    campaign: 'CloudEvents structured, valid',
    plans: structured,
    toRequest: (one) => shotOf(STRUCTURED, one),
    ...valid,
  });
  await explore(share, {
    campaign: 'CloudEvents batch, valid',
    plans: batch,
    toRequest: (all) => shotOf(BATCHED, all),
    ...valid,
  });
  await explore(share, { campaign: 'CloudEvents binary, valid', plans: structured, toRequest: binaryShot, ...valid });
  await explore(share, {
    campaign: 'CloudEvents structured, hostile',
    plans: fc.tuple(structured, mutations),
    toRequest: ([one, changes]) => shotOf(STRUCTURED, mutate(one, changes)),
  });
  await explore(share, {
    campaign: 'CloudEvents batch, hostile',
    plans: fc.tuple(
      fc.array(structured, { minLength: 1, maxLength: BATCH_MAX + 2 }),
      mutations,
      fc.option(hostileValue, { freq: 8 }),
    ),
    toRequest: ([all, changes, whole]) => shotOf(BATCHED, whole ?? mutate(all, changes)),
  });
  await explore(share, {
    campaign: 'CloudEvents binary, hostile',
    plans: fc.tuple(structured, fc.array(hostileHeader, { minLength: 1, maxLength: 3 })),
    toRequest: ([one, headers]) => {
      const request = binaryShot(one);
      return {
        ...request,
        headers: [
          ...(request.headers ?? []),
          ...headers.map(([name, value]): [string, string] => [`ce-${name}`, value]),
        ],
      };
    },
  });
};
