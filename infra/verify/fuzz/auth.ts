/** `AUTH_MODE=api-key`: whatever is sent in place of a key, the answer is 401 and nothing else. */
import fc, { type Arbitrary } from 'fast-check';
import type { Operation } from './document.ts';
import { explore, type FuzzContext, sweep } from './explore.ts';
import { TEXTS } from './hostile.ts';
import { sampleBody } from './operations.ts';
import type { FuzzRequest } from './request.ts';

type Header = [name: string, value: string];

/** One letter of it made another. */
const altered = (token: string, at: number): string => {
  const place = at % token.length;
  return `${token.slice(0, place)}${token[place] === 'a' ? 'b' : 'a'}${token.slice(place + 1)}`;
};

/** Shown as it is or as a part of something, near misses of the one key that there is. */
const nearMisses = (token: string): Header[] => [
  ...Array.from({ length: token.length }, (_, at): Header => ['authorization', `Bearer ${altered(token, at)}`]),
  ['authorization', token],
  ['authorization', `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
  ['authorization', `Bearer ${token} ${token}`],
  ['authorization', `Bearer ${token},`],
  ['authorization', `Bearer "${token}"`],
  ['authorization', `Bearer ${token}\t`.replace('\t', '=')],
  ['authorization', `Bearer ${token.slice(0, -1)}`],
  ['authorization', `Bearer ${token}a`],
  ['authorization', `Bearer ${token}${token}`],
  ['authorization', `Bearer ${token.toUpperCase()}`],
  ['authorization', `Bearer%20${token}`],
  ['authorization', `Token ${token}`],
  ['authorization', ''],
  ['authorization', 'Bearer'],
  ['authorization', 'Bearer '],
  ['authorization', 'Bearer null'],
  ['authorization', 'Bearer undefined'],
  ['authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'],
  ['authorization', `Bearer ${'a'.repeat(12_000)}`],
  ['authorization', `Bearer ens_${'0'.repeat(26)}_${'A'.repeat(43)}`],
  ['authorization', `Bearer ens_${'a'.repeat(5_000)}_${'A'.repeat(5_000)}`],
  ['x-api-key', ''],
  ['x-api-key', `Bearer ${token}`],
  ['x-api-key', `${token}, ${token}`],
  ['cookie', `authorization=Bearer ${token}`],
  ['proxy-authorization', `Bearer ${token}`],
  ['x-forwarded-authorization', `Bearer ${token}`],
  ['x-tenant', 'default'],
];

const wild: Arbitrary<Header> = fc.tuple(
  fc.constantFrom('authorization', 'Authorization', 'AUTHORIZATION', 'x-api-key'),
  fc
    .tuple(
      fc.constantFrom('Bearer ', 'bearer ', 'Bearer  ', 'Basic ', '', 'Bearer\t', 'Digest ', 'Bearer ens_'),
      fc.oneof(
        fc.constantFrom(...TEXTS),
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.base64String({ maxLength: 90 }),
      ),
    )
    .map(([scheme, text]) => `${scheme}${text}`.slice(0, 4_000).replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '')),
);

const isGuarded = ({ template }: Operation): boolean => template.startsWith('/api/');

const requestAt = (context: FuzzContext, operation: Operation, headers: Header[]): FuzzRequest => ({
  method: operation.method,
  path: operation.template.replace(/\{\w+\}/g, `ntf_${'0'.repeat(26)}`),
  headers,
  ...(Object.keys(operation.bodies).length > 0 && { body: JSON.stringify(sampleBody(context, operation)) }),
});

/** @param token a key that opens everything: it must, so that the refusals mean something */
export const exploreAuth = async (context: FuzzContext, token: string): Promise<void> => {
  const guarded = context.operations.filter(isGuarded);
  const one = guarded[0];
  if (!one) throw new Error('The document has no operation under /api/');
  const reads = guarded.filter(
    ({ method, parameters }) => method === 'GET' && !parameters.some(({ in: place }) => place === 'path'),
  );
  const opens: Header[] = [
    ['authorization', `Bearer ${token}`],
    ['authorization', `bearer ${token}`],
    ['x-api-key', token],
  ];
  await sweep(
    context,
    'auth, the key itself',
    reads.flatMap((read) => opens.map((header) => ({ ...requestAt(context, read, [header]), expected: [200] }))),
  );
  await sweep(
    context,
    'auth, nothing',
    guarded.map((each) => ({ ...requestAt(context, each, []), expected: [401] })),
  );
  await sweep(context, 'auth, two keys', [
    { ...requestAt(context, one, [...opens.slice(0, 1), ['x-api-key', altered(token, 9)]]), expected: [401] },
    {
      ...requestAt(context, one, [
        ['x-api-key', token],
        ['authorization', 'Bearer nothing'],
      ]),
      expected: [401],
    },
  ]);
  const missed = nearMisses(token).map((header, at) => ({
    ...requestAt(context, guarded[at % guarded.length] ?? one, [header]),
    about: header[0],
    expected: [401],
  }));
  await sweep(context, 'auth, near misses', missed);
  await explore(context, {
    campaign: 'auth, anything',
    plans: fc.tuple(fc.nat(guarded.length - 1), fc.array(wild, { minLength: 1, maxLength: 3 })),
    toRequest: ([at, headers]) => requestAt(context, guarded[at] ?? one, headers),
    judge: (_, { status }) => (status === 401 ? [] : [`${status} instead of 401`]),
  });
};
