import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, request } from './client.ts';
import { documentProblems, makeConformance, type OpenApiDocument } from './openapi-conformance.ts';
import type { Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';
import { until } from './until.ts';

const SECRETS = [`whsec_${btoa('a'.repeat(32))}`, `whsec_${btoa('b'.repeat(32))}`] as const;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver({ secrets: SECRETS });
});
afterAll(() => receiver.close());

const deliver = (path: string, text: string, id = 'ntf_1') => {
  const at = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(SECRETS[0]).sign(id, at, text),
  };
  return request(receiver.url(path), 'POST', text, headers);
};

test('the receiver knows a good signature, secret by secret, and behaves as configured', async () => {
  receiver.behave('/later', { status: 429, headers: { 'retry-after': '7' } });
  receiver.behave('/cut', 'drop');
  expect((await deliver('/fine', '{"type":"a"}')).status).toBe(200);
  expect((await deliver('/later', '{}')).headers.get('retry-after')).toBe('7');
  await expect(deliver('/cut', '{}', 'ntf_2')).rejects.toThrow();
  expect(receiver.of('ntf_1').map(({ verified }) => verified)).toEqual([
    [true, false],
    [true, false],
  ]);
  expect([receiver.received('/cut').length, receiver.received().length]).toEqual([1, 3]);
});

test('what is awaited and never comes is named', async () => {
  await expect(until('the moon', () => false, { deadlineMs: 50 })).rejects.toThrow('Not within 50 ms: the moon');
});

const document = (): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'getThing',
        summary: 'One',
        parameters: [{ name: 'id', in: 'path', required: true }],
        responses: {
          '200': {
            description: 'It',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } }, additionalProperties: false },
      Problem: { type: 'object', required: ['code'] },
    },
  },
});
const answer = (status: number, body: unknown): Answer<unknown> => ({
  status,
  body,
  text: '',
  durationMs: 0,
  headers: new Headers({ 'content-type': status < 400 ? 'application/json' : 'application/problem+json' }),
});

test.each<[string, number, unknown, string[]]>([
  ['what fits', 200, { n: 1 }, []],
  ['a member of another type', 200, { n: 'x' }, ['data/n must be integer']],
  ['a member too many', 200, { n: 1, m: 2 }, ['data must NOT have additional properties']],
  ['a status that is not documented', 404, { code: 'x' }, ['404 is not documented']],
  ['no problem document', 405, {}, ["data must have required property 'code'"]],
])('conformance: %s', (_name, status, body, wanted) => {
  const conformance = makeConformance();
  conformance.onAnswer({
    method: 'GET',
    path: '/things/1/?a=b',
    sent: undefined,
    headers: {},
    answer: answer(status, body),
  });
  expect(conformance.differences(document())).toEqual(wanted.map((what) => `GET /things/1/?a=b ${status}: ${what}`));
});

test('an unsound document is said to be one', () => {
  expect(documentProblems(document())).toEqual([]);
  const unsound = document();
  const operation = unsound.paths['/things/{id}']?.get;
  if (operation)
    Object.assign(operation, {
      parameters: [],
      tags: ['ghosts'],
      responses: { '200': { content: { 'application/json': { schema: { $ref: '#/components/schemas/Nothing' } } } } },
    });
  const problems = documentProblems(unsound);
  expect(problems).toHaveLength(4);
  expect(problems.join()).toMatch(/ghosts\?.*parameters {2}of id.*200: no description.*can't resolve reference/);
});
