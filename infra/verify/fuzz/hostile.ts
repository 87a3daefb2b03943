/** What a client should never send, and how something valid is turned into it. */
import fc, { type Arbitrary } from 'fast-check';

/** A JSON number that JavaScript would not write so; `JSON.stringify` lets it through as it is. */
const raw = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

export const NUMBERS: unknown[] = [
  '1e400',
  '-1e400',
  '-0',
  '1e-400',
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '9'.repeat(100),
  `0.${'3'.repeat(100)}`,
  '1E+2',
  '1.0',
  '5e-324',
  '1.7976931348623157e308',
  '9007199254740993',
].map(raw);

const DATES = [
  '0000-01-01T00:00:00Z',
  '0000-00-00',
  '-000001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '275760-09-13',
  '-271821-04-20T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '2027-06-30T23:59:60.5+00:00',
  '2027-02-29',
  '2028-02-30T00:00:00Z',
  '2027-03-28T02:30:00',
  '2027-10-31T02:30:00',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:00:00+99:99',
  '2027-01-01T00:00:00+14:01',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999999999-23:59',
  '2027-01-01T00:00:00.0000000001Z',
  '2027-W01-1',
  '1234567890',
  'tomorrow',
];

export const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00a',
  'a\ud83d',
  '\u202egnp.exe',
  '\ufeffbom',
  '\u200b',
  'e\u0301',
  '\u00e9',
  'Z\u0351\u036b\u0343\u036a\u0302',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '\u{10ffff}',
  'ﷺ',
  'ﬀ',
  'İ',
  'ß'.repeat(300),
  '%00',
  '%2e%2e%2f',
  '../../../../../../etc/shadow',
  "' OR 1=1 --",
  '{{7*7}}<%= 7*7 %>',
  '{{{{a}}',
  '{{a.b.c.d.e.f}}',
  '<script>alert(1)</script>',
  'a\r\nx-injected: 1',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'true',
  'null',
  'NaN',
  '#',
  'ntf_00000000000000000000000000',
  'evt_00000000000000000000000000',
  'job_00000000000000000000000000',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1',
  'https://user:pw@hooks.invalid/',
  'file:///etc/shadow',
  'javascript:alert(1)',
  'http://hooks.invalid:0/',
  'gopher://hooks.invalid/',
  'a@b',
  '"a b"@example.com',
  'a@[127.0.0.1]',
  '+0',
  '+999999999999999999',
  '٠١٢٣٤٥٦٧٨٩',
  'Europe/Berlin\u0000',
  'Etc/GMT+99',
  '+00:00',
  'A'.repeat(255),
  'A'.repeat(65_537),
  '1'.repeat(5_000),
];

const SHAPES: unknown[] = [null, true, false, 0, -1, 2 ** 53, [], {}, [[]], [{}], { toString: 1 }, { length: -1 }];

/** The keys that changed other objects elsewhere; never through our parser, never into an answer. */
export const POLLUTION = 'polluted-by-the-fuzzer';
const pollutions: unknown[] = [
  JSON.parse(`{"__proto__":{"polluted":"${POLLUTION}","status":"${POLLUTION}"}}`),
  { constructor: { prototype: { polluted: POLLUTION } } },
  // By itself an ordinary member, which is kept and shown: so it does not carry the mark.
  { prototype: { polluted: true } },
  JSON.parse(`{"constructor":{"__proto__":{"polluted":"${POLLUTION}"}}}`),
];

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let at = 0; at < levels; at += 1) value = at % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Each of the constants above. */
export const VALUES: readonly unknown[] = [
  ...TEXTS,
  ...DATES,
  ...NUMBERS,
  ...SHAPES,
  ...pollutions,
  deep(64),
  deep(200),
];

export const hostileValue: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom(...DATES) },
  { weight: 2, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom(...SHAPES) },
  { weight: 1, arbitrary: fc.constantFrom(...pollutions) },
  { weight: 1, arbitrary: fc.constantFrom(10, 63, 64, 65, 200).map(deep) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const hostileKey = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));

export interface Mutation {
  /** Which member, by a walk from the root; each number chooses among those there are. */
  walk: number[];
  kind: 'replace' | 'remove' | 'add' | 'rename' | 'wrap';
  key: string;
  value: unknown;
}

export const mutation: Arbitrary<Mutation> = fc.record({
  walk: fc.array(fc.nat(11), { minLength: 1, maxLength: 3 }),
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'rename', 'wrap'),
  key: hostileKey,
  value: hostileValue,
});

/** An own member even where it is called `__proto__`. */
const put = (target: object, key: string, value: unknown): void =>
  void Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });

const isContainer = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Object.isFrozen(value) && Object.keys(value).length > 0;

/**
 * The constants above must stay as they are, whatever a mutation does inside of them. A raw number
 * is frozen, and stays itself.
 */
const fresh = (value: unknown): unknown => {
  if (Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(fresh);
  const copy = {};
  for (const [key, item] of Object.entries(value as object)) put(copy, key, fresh(item));
  return copy;
};

const apply = (holder: Record<string, unknown>, name: string, { kind, key, value: constant }: Mutation): void => {
  const old = holder[name];
  const value = fresh(constant);
  if (kind === 'replace') put(holder, name, value);
  else if (kind === 'wrap') put(holder, name, [old]);
  else if (kind === 'add') put(holder, key, value);
  else {
    delete holder[name];
    if (kind === 'rename') put(holder, key, old);
  }
};

/** A copy of `valid` with the mutations applied, one after the other. */
export const mutate = (valid: unknown, mutations: readonly Mutation[]): unknown => {
  const root: Record<string, unknown> = { root: fresh(valid) };
  for (const one of mutations) {
    let holder = root;
    let name = 'root';
    for (const step of one.walk) {
      const next = holder[name];
      if (!isContainer(next)) break;
      const names = Object.keys(next);
      holder = next;
      name = names[step % names.length] ?? name;
    }
    apply(holder, name, one);
  }
  return root.root;
};
