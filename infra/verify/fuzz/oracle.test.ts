/** The oracle says no when it should: each answer here is one that the service must never give. */
import { describe, expect, it } from 'vitest';
import { ownDocument } from '../../../lib/runtime/serverless/api.ts';
import type { Answer } from '../kit/client.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { POLLUTION } from './hostile.ts';
import { makeOracle } from './oracle.ts';
import type { FuzzRequest } from './request.ts';

const document = (await ownDocument({ authenticated: true, now: Date.now() })) as unknown as OpenApiDocument;
const judge = makeOracle({ document, secrets: ['/data/of/the/stack'] });

const create: FuzzRequest = {
  method: 'POST',
  path: '/api/v1/notifications/?x=1',
  body: '{"data":{"a":[1]},"send_at":5}',
};

const answer = (
  status: number,
  body: unknown,
  changes: Partial<Answer<unknown>> & { type?: string } = {},
): Answer<unknown> => ({
  status,
  headers: new Headers({
    'content-type': changes.type ?? (status < 400 ? 'application/json' : 'application/problem+json'),
  }),
  text: typeof body === 'string' ? body : JSON.stringify(body),
  body: typeof body === 'string' ? undefined : body,
  durationMs: changes.durationMs ?? 5,
});

const problem = (more: Record<string, unknown> = {}) => ({
  type: 'urn:problem-type:event-notification-service:validation-failed',
  title: 'The request is not valid',
  status: 400,
  detail: '/send_at: must be a string',
  code: 'validation-failed',
  errors: [{ pointer: '/send_at', detail: 'must be a string' }],
  ...more,
});
const at = (pointer: string) => problem({ errors: [{ pointer, detail: 'is wrong' }] });

it('is content with a problem by the book', () => {
  expect(judge(create, answer(400, problem()))).toEqual([]);
});

it.each(['', '/send_at', '/missing', '/data/b', '/data/a/0', '/query/x', '/header/content-type', '/header', '/path'])(
  'follows the pointer %j',
  (pointer) => {
    expect(judge(create, answer(400, at(pointer)))).toEqual([]);
  },
);

describe('the oracle', () => {
  it.each<[string, Answer<unknown>, RegExp]>([
    ['a 5xx', answer(500, problem({ status: 500, code: 'internal', errors: undefined })), /^500$/],
    ['a 503 of a route that is no health', answer(503, problem({ status: 503, code: 'unavailable' })), /^503$/],
    ['an answer that took too long', answer(400, problem(), { body: undefined, durationMs: 26_000 }), /took 26000 ms/],
    ['a status that is not documented', answer(418, problem({ status: 418 })), /418 is not documented/],
    ['another media type', answer(400, 'no', { type: 'text/plain' }), /no problem document/],
    ['a member that is not documented', answer(400, problem({ stack: 'x' })), /additional properties/],
    ['a code that is not in the catalogue', answer(400, problem({ code: 'oops' })), /code oops/],
    ['a code of another status', answer(400, problem({ code: 'not-found' })), /code not-found at 400/],
    ['a refusal without a reason', answer(400, problem({ errors: [] })), /without errors/],
    ['a pointer to nothing', answer(400, at('/nothing/at/all')), /leads nowhere/],
    ['a pointer to a query that was not sent', answer(400, at('/query/y')), /leads nowhere/],
    ['a stack frame', answer(400, problem({ detail: 'x at handle (x.js:3:4)' })), /says/],
    ['a file of ours', answer(400, problem({ detail: 'no /home/us/x' })), /says/],
    ['an error of the SDK', answer(400, problem({ detail: 'ValidationException' })), /says/],
    ['the name of a part', answer(400, problem({ detail: 'DynamoDB said no' })), /says/],
    ['a secret', answer(400, problem({ detail: 'in /data/of/the/stack' })), /says \/data\/of/],
    ['a polluted prototype', answer(400, problem({ detail: POLLUTION })), /prototype/],
    ['a success that is not as documented', answer(201, { id: 'ntf_1' }), /required property/],
    ['a refusal of megabytes', answer(400, problem({ detail: 'x'.repeat(300_000) })), /says no in/],
  ])('finds %s', (_, given, expected) => {
    expect(judge(create, given).join('\n')).toMatch(expected);
  });

  it('finds a body that was taken although the document does not have it', () => {
    const request: FuzzRequest = { method: 'POST', path: '/api/v1/dead-letters/redrive', body: '{"dry_run":"yes"}' };
    expect(judge(request, answer(200, { matched: 1 })).join()).toMatch(/request: data\/dry_run must be boolean/);
  });
});

it('the oracle lets health be unavailable, and what was sent come back', () => {
  const health = { status: 'unavailable', dependencies: {}, version: '1' };
  const said = judge({ method: 'GET', path: '/health' }, answer(503, health, { type: 'application/json' }));
  expect(said.filter((one) => /^503|no problem/.test(one))).toEqual([]);
  const echo: FuzzRequest = { ...create, body: '{"Error:":1}' };
  expect(judge(echo, answer(400, at('/Error:')))).toEqual([]);
});

describe('the oracle, of what was taken', () => {
  const given = '{"notification_type":"custom","data":{"id":9007199254740993,"rate":1.10}}';
  const verdict = (data: string, changes: { status?: number; replayed?: boolean } = {}) => {
    const shown = answer(changes.status ?? 201, `{"id":"ntf_1","data":${data}}`);
    if (changes.replayed) shown.headers.set('idempotent-replayed', 'true');
    return judge({ ...create, body: given }, shown).filter((what) => what.includes('came back'));
  };

  it('finds another digit, name or kind, and not another notation or order', () => {
    const changed = ['data came back changed'];
    expect(verdict('{"id":9007199254740992,"rate":1.1}')).toEqual(changed);
    expect(verdict('{"id":"9007199254740993","rate":1.1}')).toEqual(changed);
    expect(verdict('{"id":9007199254740993,"rate":1.1,"x":1}')).toEqual(changed);
    expect(verdict('{"rate":11e-1,"id":9007199254740993.0}')).toEqual([]);
  });

  it('finds nothing where another record is shown', () => {
    expect(verdict('{}', { status: 200 })).toEqual([]);
    expect(verdict('{}', { replayed: true })).toEqual([]);
  });

  it('finds the payload of an event, and the data of a CloudEvent', () => {
    const publish = (body: string) =>
      judge({ method: 'POST', path: '/api/v1/events/', body }, answer(201, '{"payload":{"n":9007199254740992}}'));
    expect(publish('{"payload":{"n":9007199254740993}}')).toContain('payload came back changed');
    expect(publish('{"specversion":"1.0","data":{"n":9007199254740993}}')).toContain('data came back changed');
  });
});
