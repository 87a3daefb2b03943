/** Bodies that no schema describes: bombs, encodings, media types, half a JSON. */
import { deflateSync, gzipSync } from 'node:zlib';
import { type FuzzContext, sweep } from './explore.ts';
import { NUMBERS, POLLUTION } from './hostile.ts';
import { sampleBody } from './operations.ts';
import type { FuzzRequest } from './request.ts';

interface Case {
  about: string;
  body: string | Buffer;
  headers?: [string, string][];
  expected: readonly number[];
}

const REFUSED = [400, 404, 409, 413, 415];
const MALFORMED = [400, 404, 409];

const repeated = (unit: string, times: number): string => unit.repeat(times);
const manyKeys = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',')}}`;

/** JSON that is right and too much. */
const bombs = (valid: string): Case[] => [
  { about: 'arrays, 100,000 deep', body: repeated('[', 100_000), expected: REFUSED },
  { about: 'arrays, closed', body: `${repeated('[', 90_000)}${repeated(']', 90_000)}`, expected: REFUSED },
  { about: 'objects, 40,000 deep', body: `${repeated('{"a":', 40_000)}1${repeated('}', 40_000)}`, expected: REFUSED },
  { about: 'a wide array', body: `[${repeated('1,', 120_000)}1]`, expected: REFUSED },
  { about: 'empty arrays', body: `[${repeated('[],', 80_000)}[]]`, expected: REFUSED },
  { about: '20,000 unknown keys', body: manyKeys(20_000), expected: REFUSED },
  { about: '1,000,000 keys', body: manyKeys(1_000_000), expected: [413, 404] },
  { about: 'a text of 250 KB', body: `{"x":"${repeated('a', 250_000)}"}`, expected: REFUSED },
  { about: 'a text of 900 KB', body: `{"x":"${repeated('a', 900_000)}"}`, expected: REFUSED },
  { about: 'a text of 1.1 MB', body: `{"x":"${repeated('a', 1_100_000)}"}`, expected: [413, 404] },
  { about: 'a text of 3 MB', body: `"${repeated('a', 3_000_000)}"`, expected: [413, 404] },
  { about: 'the same key 20,000 times', body: `{${repeated('"x":1,', 20_000)}"x":1}`, expected: REFUSED },
  { about: 'every key twice', body: `${valid.slice(0, -1)},${valid.slice(1)}`, expected: [] },
  { about: 'space, 200 KB of it', body: `${repeated(' ', 200_000)}${valid}`, expected: [] },
  { about: 'escapes', body: `"${repeated('\\u0000', 30_000)}"`, expected: REFUSED },
];

const NOT_JSON = [
  '',
  ' ',
  '{',
  '}',
  '{"a":1,}',
  "{'a':1}",
  '{a:1}',
  '[1,]',
  'NaN',
  'undefined',
  '{"a":01}',
  '{"a":+1}',
  '{"a":.5}',
  '{"a":0x10}',
  '{"a":1}{"b":2}',
  '{"a":1} x',
  '/* c */{}',
  '{"a":"\n"}',
  '{"a":"\\x41"}',
  '{"a":"\\u12"}',
  '\u2028{}',
  'a=1&b=2',
  '<a/>',
];
const NOT_OBJECTS = ['null', 'true', '0', '""', '[]', '"{}"', '[{}]', '-0', '1e400'];

const bytes = (...values: (number | string)[]): Buffer =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from([value]))));

const encodings = (valid: string): Case[] => {
  const type = (value: string): [string, string][] => [['content-type', value]];
  const utf16 = Buffer.from(valid, 'utf16le');
  const swapped = Buffer.from(utf16).swap16();
  return [
    { about: 'UTF-16, little end first', body: utf16, expected: MALFORMED },
    { about: 'UTF-16, big end first', body: swapped, expected: MALFORMED },
    { about: 'UTF-16 with its mark', body: bytes(0xff, 0xfe, utf16.toString('latin1')), expected: MALFORMED },
    { about: 'UTF-16, said so', body: utf16, headers: type('application/json; charset=utf-16'), expected: [415, 404] },
    { about: 'Latin-1', body: bytes('{"a":"', 0xe9, '"}'), expected: MALFORMED },
    { about: 'a lone continuation byte', body: bytes('{"a":"', 0x80, '"}'), expected: MALFORMED },
    { about: 'an overlong slash', body: bytes('{"a":"', 0xc0, 0xaf, '"}'), expected: MALFORMED },
    { about: 'a surrogate in UTF-8', body: bytes('{"a":"', 0xed, 0xa0, 0x80, '"}'), expected: MALFORMED },
    { about: 'cut in the middle of a character', body: bytes('{"a":"', 0xf0, 0x9f), expected: MALFORMED },
    { about: 'a byte order mark', body: bytes(0xef, 0xbb, 0xbf, valid), expected: [] },
    // As no body, which some operations take.
    { about: 'only a byte order mark', body: bytes(0xef, 0xbb, 0xbf), expected: [] },
    { about: 'NUL bytes', body: bytes(0, 0, 0, 0), expected: MALFORMED },
    { about: 'gzip', body: gzipSync(valid), headers: [['content-encoding', 'gzip']], expected: [415, 404] },
    { about: 'gzip, unsaid', body: gzipSync(valid), expected: MALFORMED },
    {
      about: 'a gzip bomb',
      body: gzipSync(Buffer.alloc(50_000_000)),
      headers: [['content-encoding', 'gzip']],
      expected: [415, 404],
    },
    { about: 'deflate', body: deflateSync(valid), headers: [['content-encoding', 'deflate']], expected: [415, 404] },
    {
      about: 'compressed, in words',
      body: valid,
      headers: [['content-encoding', 'x-nothing, br']],
      expected: [415, 404],
    },
    ...[
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      '',
      ';',
      'json',
      '*/*',
      'application/json/json',
      'application/jsonp',
      'application/json; charset=latin1',
    ].map((value) => ({ about: `as ${value || 'nothing'}`, body: valid, headers: type(value), expected: [415, 404] })),
    ...[
      'application/json;charset=UTF-8',
      'APPLICATION/JSON',
      'application/json; charset="utf-8"',
      'application/json; a=b; c',
    ].map((value) => ({ about: `as ${value}`, body: valid, headers: type(value), expected: [] })),
  ];
};

const pollutions = (valid: string): Case[] =>
  [
    `"__proto__":{"polluted":"${POLLUTION}"}`,
    `"constructor":{"prototype":{"polluted":"${POLLUTION}"}}`,
    `"\\u005f_proto__":{"polluted":"${POLLUTION}"}`,
    `"data":{"__proto__":{"polluted":"${POLLUTION}"}}`,
    `"payload":{"a":[{"constructor":{"prototype":{"status":"${POLLUTION}"}}}]}`,
  ].map((member) => ({ about: `pollution ${member}`, body: `${valid.slice(0, -1)},${member}}`, expected: REFUSED }));

const casesFor = (valid: string, optional: boolean): Case[] => [
  ...bombs(valid),
  ...NOT_JSON.map((body) => ({
    about: `not JSON: ${body}`,
    body,
    expected: optional && body.trim() === '' ? [] : MALFORMED,
  })),
  ...NOT_OBJECTS.map((body) => ({ about: `no object: ${body}`, body, expected: optional ? [] : MALFORMED })),
  ...NUMBERS.map((number) => ({
    about: `the number ${JSON.stringify(number).slice(0, 30)}`,
    body: `{"lead_time_days":${JSON.stringify(number)},${valid.slice(1)}`,
    expected: [],
  })),
  ...encodings(valid),
  ...pollutions(valid),
];

/** Every operation that takes JSON of ours; an empty `expected` leaves the verdict to the oracle. */
export const sweepBodies = async (context: FuzzContext): Promise<void> => {
  for (const operation of context.operations.filter(({ bodies }) => bodies['application/json'] !== undefined)) {
    const path = operation.template.replace(
      /\{\w+\}/g,
      context.tally.pick(operation.template, 1) ?? `ntf_${'0'.repeat(26)}`,
    );
    const valid = JSON.stringify(sampleBody(context, operation));
    const requests = casesFor(valid, !operation.bodyRequired).map(
      ({ expected, ...one }): FuzzRequest & { about: string; expected?: readonly number[] } => ({
        method: operation.method,
        path,
        ...one,
        ...(expected.length > 0 && { expected }),
      }),
    );
    await sweep(context, `${operation.id}, bodies`, requests);
    if (performance.now() > context.until) return;
  }
};
