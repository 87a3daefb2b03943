/** What no HTTP client would send, case by case: smuggling, chunks, heads, other protocols. */

export interface WireCase {
  about: string;
  bytes: string | Buffer;
  /** Of the answers in their order. None at all (the connection is closed) is right too unless `answered`. */
  statuses: readonly number[];
  /** At most this many answers: what is smuggled must not be answered. Default 1. */
  answersMax?: number;
  answered?: boolean;
}

const host = 'host: fuzz\r\n';
const get = (path: string, headers = '', version = 'HTTP/1.1'): string =>
  `GET ${path} ${version}\r\n${host}${headers}connection: close\r\n\r\n`;
const post = (headers: string, body: string): string =>
  `POST /api/v1/events HTTP/1.1\r\n${host}content-type: application/json\r\n${headers}\r\n${body}`;

const SMUGGLED = 'GET /health/live HTTP/1.1\r\nhost: fuzz\r\n\r\n';
const EVENT = '{"type":"fuzz.wire","payload":{}}';
const refused = [400, 404, 405, 411, 413, 415, 501, 505];
const BAD = [400];

const smuggling: WireCase[] = [
  ['CL.TE', post(`content-length: ${SMUGGLED.length + 5}\r\ntransfer-encoding: chunked\r\n`, `0\r\n\r\n${SMUGGLED}`)],
  ['TE.CL', post('transfer-encoding: chunked\r\ncontent-length: 4\r\n', `5c\r\n${SMUGGLED}\r\n0\r\n\r\n`)],
  ['TE twice', post('transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['TE unknown', post('transfer-encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
  ['TE with a tab', post('transfer-encoding:\tchunked\r\ncontent-length: 0\r\n', SMUGGLED)],
  ['TE with space before the colon', post('transfer-encoding : chunked\r\ncontent-length: 0\r\n', SMUGGLED)],
  ['TE folded', post('transfer-encoding:\r\n chunked\r\ncontent-length: 0\r\n', SMUGGLED)],
  ['CL twice, different', post('content-length: 0\r\ncontent-length: 60\r\n', SMUGGLED)],
  ['CL list', post('content-length: 0, 60\r\n', SMUGGLED)],
  ['CL with a sign', post('content-length: +0\r\n', SMUGGLED)],
  ['CL negative', post('content-length: -1\r\n', SMUGGLED)],
  ['CL in hex', post('content-length: 0x10\r\n', SMUGGLED)],
  ['CL that overflows', post('content-length: 99999999999999999999999\r\n', SMUGGLED)],
  ['CL empty', post('content-length: \r\n', SMUGGLED)],
  ['a chunk size that overflows', post('transfer-encoding: chunked\r\n', `fffffffffffffffff\r\n${SMUGGLED}`)],
  ['a chunk size with a sign', post('transfer-encoding: chunked\r\n', `-1\r\n${SMUGGLED}`)],
  ['a chunk larger than said', post('transfer-encoding: chunked\r\n', `3\r\n{"aaaa"}\r\n0\r\n\r\n${SMUGGLED}`)],
  ['a bare LF in a header', `POST /api/v1/events HTTP/1.1\n${host}content-length: 0\n\n${SMUGGLED}`],
  [
    'a bare CR in a header',
    `POST /api/v1/events HTTP/1.1\r\n${host}x: a\rtransfer-encoding: chunked\r\n\r\n${SMUGGLED}`,
  ],
].map(([about = '', bytes = '']) => ({ about, bytes, statuses: refused }));

const bodies: WireCase[] = [
  {
    about: 'garbage for a chunk size',
    bytes: post('transfer-encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'),
    statuses: BAD,
  },
  {
    about: 'a chunk extension of 20 KB',
    bytes: post('transfer-encoding: chunked\r\n', `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
    statuses: [400, 413],
  },
  {
    about: 'trailers',
    bytes: post('transfer-encoding: chunked\r\nconnection: close\r\n', `2\r\n{}\r\n0\r\nx-trailer: 1\r\n\r\n`),
    statuses: BAD,
    answered: true,
  },
  {
    about: 'one byte a chunk',
    bytes: post(
      'transfer-encoding: chunked\r\nconnection: close\r\n',
      `${[...EVENT].map((one) => `1\r\n${one}\r\n`).join('')}0\r\n\r\n`,
    ),
    statuses: [201],
    answered: true,
  },
  { about: 'a body cut short', bytes: post('content-length: 5000\r\n', EVENT), statuses: BAD },
  { about: 'chunks cut short', bytes: post('transfer-encoding: chunked\r\n', '5\r\n{"a'), statuses: BAD },
  {
    about: 'a body longer than said',
    bytes: post('content-length: 2\r\nconnection: close\r\n', '{}garbage that follows'),
    statuses: [400, 400],
    answersMax: 2,
  },
  { about: 'no length, no body', bytes: post('connection: close\r\n', ''), statuses: BAD, answered: true },
  {
    about: 'a length that is too large',
    bytes: post('content-length: 900000000\r\n', 'x'),
    statuses: [413],
    answered: true,
  },
];

const noise = (random: () => number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

const controls = Array.from({ length: 32 }, (_, code) => code).filter(
  (code) => code !== 9 && code !== 10 && code !== 13,
);

const heads = (random: () => number): WireCase[] => [
  ...controls.map((code) => ({
    about: `control ${code} in a header`,
    bytes: get('/health/live', `x-a: a${String.fromCharCode(code)}b\r\n`),
    statuses: BAD,
  })),
  ...[0, 1, 31, 127].map((code) => ({
    about: `control ${code} in the path`,
    bytes: get(`/health/live${String.fromCharCode(code)}`),
    statuses: [400, 404],
  })),
  ...['', ' ', 'x y', 'x(', 'é', ':', '\u0000'].map((name) => ({
    about: `the header name ${JSON.stringify(name)}`,
    bytes: get('/health/live', `${name}: 1\r\n`),
    statuses: [400, 200],
  })),
  {
    about: 'a line feed injected by a path',
    bytes: get('/health/live%0d%0ax-injected:%201'),
    statuses: [404],
    answered: true,
  },
  {
    about: 'a line feed injected by a request id',
    bytes: get('/health/live', 'x-request-id: a%0d%0ax-injected: 1\r\n'),
    statuses: [200],
    answered: true,
  },
  {
    about: '16 KB in one header',
    bytes: get('/health/live', `x-a: ${'a'.repeat(16_384)}\r\n`),
    statuses: [400, 431],
    answered: true,
  },
  {
    about: '15 KB in one header',
    bytes: get('/health/live', `x-a: ${'a'.repeat(15_000)}\r\n`),
    statuses: [200],
    answered: true,
  },
  {
    about: '200 headers',
    bytes: get('/health/live', Array.from({ length: 200 }, (_, at) => `x-${at}: a\r\n`).join('')),
    statuses: BAD,
    answered: true,
  },
  {
    about: '1,900 short headers',
    bytes: get('/health/live', Array.from({ length: 1_900 }, (_, at) => `${at}:\r\n`).join('')),
    statuses: BAD,
    answered: true,
  },
  {
    about: '99 headers',
    bytes: get('/health/live', Array.from({ length: 97 }, (_, at) => `x-${at}: a\r\n`).join('')),
    statuses: [200],
    answered: true,
  },
  { about: 'the same header 200 times', bytes: get('/health/live', 'x-a: a\r\n'.repeat(200)), statuses: [200, 400] },
  { about: 'no host', bytes: 'GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n', statuses: BAD },
  { about: 'two hosts', bytes: get('/health/live', 'host: other.example\r\n'), statuses: [400, 200] },
  {
    about: 'a hostile host',
    bytes: 'GET /nowhere HTTP/1.1\r\nhost: <script>@169.254.169.254\r\nconnection: close\r\n\r\n',
    statuses: [404, 400],
  },
  { about: 'a path of 8 KB', bytes: get(`/${'a'.repeat(8_000)}`), statuses: [404], answered: true },
  { about: 'a path of 20 KB', bytes: get(`/${'a'.repeat(20_000)}`), statuses: [400, 404, 414, 431] },
  { about: 'absolute form', bytes: get('http://other.example/health/live'), statuses: [200, 400], answered: true },
  {
    about: 'absolute form of another scheme',
    bytes: get('ftp://other.example/health/live'),
    statuses: [200, 400, 404],
  },
  {
    about: 'asterisk form',
    bytes: `OPTIONS * HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
    statuses: [204, 400, 404],
    answered: true,
  },
  {
    about: 'authority form',
    bytes: `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${host}\r\n`,
    statuses: [400, 404, 405, 501],
  },
  {
    about: 'an upgrade',
    bytes: get('/health/live', 'upgrade: websocket\r\nsec-websocket-key: x\r\n'),
    statuses: [200, 400, 426],
  },
  {
    about: 'an upgrade to HTTP/2',
    bytes: `GET /health/live HTTP/1.1\r\n${host}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n${SMUGGLED}`,
    statuses: [200, 200, 400],
    answersMax: 2,
  },
  { about: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400, 505] },
  { about: 'HTTP/0.9', bytes: 'GET /health/live\r\n\r\n', statuses: [200, 400] },
  { about: 'HTTP/1.0', bytes: get('/health/live', '', 'HTTP/1.0'), statuses: [200], answered: true },
  { about: 'HTTP/9.9', bytes: get('/health/live', '', 'HTTP/9.9'), statuses: [400, 505] },
  ...[
    'TRACE',
    'TRACK',
    'BREW',
    'get',
    'G\u0000T',
    'A'.repeat(500),
    'PROPFIND',
    'PURGE',
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
  ].map((method) => ({
    about: `the method ${method.slice(0, 12)}`,
    bytes: `${method} /api/v1/events/ HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
    statuses: method === 'HEAD' ? [200] : [204, 400, 404, 405, 501],
  })),
  {
    about: 'an unknown expectation',
    bytes: get('/health/live', 'expect: a-miracle\r\n'),
    statuses: [200],
    answered: true,
  },
  { about: 'TLS', bytes: Buffer.from('16030100a5010000a10303', 'hex'), statuses: BAD },
  { about: 'SSH', bytes: 'SSH-2.0-OpenSSH_9.0\r\n', statuses: BAD },
  { about: 'SMTP', bytes: 'EHLO fuzz.example\r\nMAIL FROM:<a@example.com>\r\n', statuses: BAD },
  { about: 'nothing but line ends', bytes: '\r\n'.repeat(500), statuses: BAD },
  ...[1, 10, 100, 1_000, 10_000].map((length) => ({
    about: `${length} bytes of noise`,
    bytes: noise(random, length),
    statuses: BAD,
  })),
];

/**
 * What a browser sends for a page elsewhere, to an API without credentials: by DNS rebinding, and
 * across sites.
 */
const foreign: WireCase[] = [
  ['the host of another site', 'host: evil.example\r\n'],
  ['a host that only begins as ours', 'host: localhost.evil.example\r\norigin: http://localhost.evil.example\r\n'],
  ['another origin', `${host}origin: https://evil.example\r\n`],
  ['the origin of another port', `${host}origin: http://fuzz:1\r\n`],
  ['an opaque origin', `${host}origin: null\r\n`],
  ['a form of another site', `${host}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n`],
].map(([about = '', from = '']) => ({
  about,
  bytes: `POST /api/v1/events HTTP/1.1\r\n${from}content-type: application/json\r\nconnection: close\r\ncontent-length: ${EVENT.length}\r\n\r\n${EVENT}`,
  statuses: [403],
  answered: true,
}));

/** @param random of the seed, from 0 to below 1 */
export const wireCases = (random: () => number): WireCase[] => [...smuggling, ...bodies, ...foreign, ...heads(random)];
