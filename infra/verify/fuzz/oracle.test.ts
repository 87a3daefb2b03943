/** The oracle says no when it should: each answer here is one that the service must never give. */
import { describe, expect, it } from 'vitest';
import { ownDocument } from '../../../lib/runtime/serverless/api.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { POLLUTION } from './hostile.ts';
import { makeOracle } from './oracle.ts';
import type { Reply, Shot } from './shot.ts';

const document = (await ownDocument({ authenticated: true, now: Date.now() })) as unknown as OpenApiDocument;
const judge = makeOracle({ document, secrets: ['/data/of/the/stack'] });

const create: Shot = { method: 'POST', path: '/api/v1/notifications/?x=1', body: '{"data":{"a":[1]},"send_at":5}' };

const reply = (status: number, body: unknown, changes: Partial<Reply> & { type?: string } = {}): Reply => ({
  status,
  headers: new Headers({
    'content-type': changes.type ?? (status < 400 ? 'application/json' : 'application/problem+json'),
  }),
  text: typeof body === 'string' ? body : JSON.stringify(body),
  tookMs: changes.tookMs ?? 5,
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
  expect(judge(create, reply(400, problem()))).toEqual([]);
});

it.each(['', '/send_at', '/missing', '/data/b', '/data/a/0', '/query/x', '/header/content-type', '/header', '/path'])(
  'follows the pointer %j',
  (pointer) => {
    expect(judge(create, reply(400, at(pointer)))).toEqual([]);
  },
);

describe('finds', () => {
  it.each<[string, Reply, RegExp]>([
    ['a 5xx', reply(500, problem({ status: 500, code: 'internal', errors: undefined })), /^500$/],
    ['a 503 of a route that is no health', reply(503, problem({ status: 503, code: 'unavailable' })), /^503$/],
    ['an answer that took too long', reply(400, problem(), { tookMs: 26_000 }), /took 26000 ms/],
    ['a status that is not documented', reply(418, problem({ status: 418 })), /418 is not documented/],
    ['another media type', reply(400, 'no', { type: 'text/plain' }), /no problem document/],
    ['a member that is not documented', reply(400, problem({ stack: 'x' })), /additional properties/],
    ['a code that is not in the catalogue', reply(400, problem({ code: 'oops' })), /code oops/],
    ['a code of another status', reply(400, problem({ code: 'not-found' })), /code not-found at 400/],
    ['a refusal without a reason', reply(400, problem({ errors: [] })), /without errors/],
    ['a pointer to nothing', reply(400, at('/nothing/at/all')), /leads nowhere/],
    ['a pointer to a query that was not sent', reply(400, at('/query/y')), /leads nowhere/],
    ['a stack frame', reply(400, problem({ detail: 'x at handle (x.js:3:4)' })), /says/],
    ['a file of ours', reply(400, problem({ detail: 'no /home/us/x' })), /says/],
    ['an error of the SDK', reply(400, problem({ detail: 'ValidationException' })), /says/],
    ['the name of a part', reply(400, problem({ detail: 'DynamoDB said no' })), /says/],
    ['a secret', reply(400, problem({ detail: 'in /data/of/the/stack' })), /says \/data\/of/],
    ['a polluted prototype', reply(400, problem({ detail: POLLUTION })), /prototype/],
    ['a success that is not as documented', reply(201, { id: 'ntf_1' }), /required property/],
    ['a refusal of megabytes', reply(400, problem({ detail: 'x'.repeat(300_000) })), /says no in/],
  ])('%s', (_, given, expected) => {
    expect(judge(create, given).join('\n')).toMatch(expected);
  });

  it('a body that was taken although the document does not have it', () => {
    const shot: Shot = { method: 'POST', path: '/api/v1/dead-letters/redrive', body: '{"dry_run":"yes"}' };
    expect(judge(shot, reply(200, { matched: 1 })).join()).toMatch(/request: data\/dry_run must be boolean/);
  });
});

it('lets health be unavailable, and what was sent come back', () => {
  const health = { status: 'unavailable', dependencies: {}, version: '1' };
  const said = judge({ method: 'GET', path: '/health' }, reply(503, health, { type: 'application/json' }));
  expect(said.filter((one) => /^503|no problem/.test(one))).toEqual([]);
  const echo: Shot = { ...create, body: '{"Error:":1}' };
  expect(judge(echo, reply(400, at('/Error:')))).toEqual([]);
});

describe('of what was taken it finds', () => {
  const given = '{"notification_type":"custom","data":{"id":9007199254740993,"rate":1.10}}';
  const verdict = (data: string, changes: { status?: number; replayed?: boolean } = {}) => {
    const shown = reply(changes.status ?? 201, `{"id":"ntf_1","data":${data}}`);
    if (changes.replayed) shown.headers.set('idempotent-replayed', 'true');
    return judge({ ...create, body: given }, shown).filter((what) => what.includes('came back'));
  };

  it('another digit, name or kind, and not another notation or order', () => {
    const changed = ['data came back changed'];
    expect(verdict('{"id":9007199254740992,"rate":1.1}')).toEqual(changed);
    expect(verdict('{"id":"9007199254740993","rate":1.1}')).toEqual(changed);
    expect(verdict('{"id":9007199254740993,"rate":1.1,"x":1}')).toEqual(changed);
    expect(verdict('{"rate":11e-1,"id":9007199254740993.0}')).toEqual([]);
  });

  it('nothing where another record is shown', () => {
    expect(verdict('{}', { status: 200 })).toEqual([]);
    expect(verdict('{}', { replayed: true })).toEqual([]);
  });

  it('the payload of an event, and the data of a CloudEvent', () => {
    const publish = (body: string) =>
      judge({ method: 'POST', path: '/api/v1/events/', body }, reply(201, '{"payload":{"n":9007199254740992}}'));
    expect(publish('{"payload":{"n":9007199254740993}}')).toContain('payload came back changed');
    expect(publish('{"specversion":"1.0","data":{"n":9007199254740993}}')).toContain('data came back changed');
  });
});
