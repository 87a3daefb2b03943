import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordExamples } from '../lib/http/openapi/examples.ts';
import { DAY, dayAhead } from '../lib/http/openapi/operation.ts';
import { ownDocument } from '../lib/runtime/serverless/api.ts';

const NOW = Date.parse('2027-01-31T12:00:00Z');

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<string, { links?: Record<string, { operationId: string; parameters: object }> }>;
  security?: object[];
  'x-scope'?: string;
}
interface Document {
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes?: object };
}

const documentOf = async (authenticated: boolean) =>
  (await ownDocument({ authenticated, now: NOW })) as never as Document;
const document = await documentOf(true);
const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
const byId = new Map(operations.map((operation) => [operation.operationId, operation]));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'http://openapi.test/document');
const takes = (name: string, value: unknown): boolean => {
  const validate = ajv.getSchema(`http://openapi.test/document#/components/schemas/${name}`);
  if (!validate) throw new Error(`There is no schema ${name}`);
  return validate(value) === true;
};

describe('examples', () => {
  const bodies = operations.flatMap(({ operationId, requestBody }) =>
    Object.values(requestBody?.content ?? {}).map((media) => ({ operationId, ...media })),
  );

  it.each(bodies)('$operationId has one that its schema takes', ({ operationId, schema, example }) => {
    expect(example, operationId).toBeDefined();
    const rooted = { ...schema, components: document.components };
    expect(new Ajv2020({ strict: false, formats: { email: true } }).validate(rooted, example)).toBe(true);
  });

  it.each(Object.keys(recordExamples))('show what an answer with %s looks like', (name) => {
    const { examples } = document.components.schemas[name] as { examples?: unknown[] };
    expect(examples).toEqual([recordExamples[name]]);
    expect(takes(name, recordExamples[name])).toBe(true);
  });

  it('name a day in place of its mark', () => {
    const [{ example } = {}] = bodies.filter(({ operationId }) => operationId === 'createNotification');
    expect(example).toMatchObject({ target_date: `${dayAhead(NOW)}T09:00:00` });
    expect(JSON.stringify(document)).not.toContain(DAY);
  });

  it('are due ahead of the time they are made for, and within the horizon', () => {
    const days = fc.integer({ min: 0, max: 400_000 });
    fc.assert(
      fc.property(days, (day) => {
        const now = day * 86_400_000;
        const ahead = (Date.parse(`${dayAhead(now)}T09:00:00Z`) - now) / 86_400_000;
        expect(ahead).toBeGreaterThan(50);
        expect(ahead).toBeLessThan(100);
      }),
    );
  });
});

describe('schemas', () => {
  const given = { notification_type: 'custom', entity_id: '1' };
  const when = { send_at: '2027-06-01' };
  const to = { email: 'user@example.com' };

  it.each([
    ['one time and one recipient', { ...given, ...when, ...to }, true],
    [
      'a target with a lead, to two',
      { ...given, target_date: '2027-06-01', lead_time_days: 1, ...to, phone: '1' },
      true,
    ],
    ['no time', { ...given, ...to }, false],
    ['two times', { ...given, ...when, target_date: '2027-06-01', ...to }, false],
    ['a lead before the very time', { ...given, ...when, lead_time_days: 1, ...to }, false],
    ['no recipient', { ...given, ...when }, false],
    [
      'two webhooks',
      { ...given, ...when, webhook_url: 'https://a.example', endpoint_id: `end_${'0'.repeat(26)}` },
      false,
    ],
  ])('NewNotification, %s: %j is %s', (_, body, expected) => {
    expect(takes('NewNotification', body)).toBe(expected);
  });

  it.each([
    ['NotificationPatch', {}, false],
    ['NotificationPatch', { send_at: '2027-06-01', target_date: '2027-06-01' }, false],
    ['NotificationPatch', { send_at: '2027-06-01', target_date: null, lead_time_days: null }, true],
    ['NotificationPatch', { webhook_url: 'https://a.example', endpoint_id: `end_${'0'.repeat(26)}` }, false],
    ['NotificationPatch', { webhook_url: null, endpoint_id: `end_${'0'.repeat(26)}` }, true],
    ['NotificationPatch', { timezone: 'Europe/Berlin' }, true],
    ['NotificationPatch', { email: null, body: null, data: { name: null, order: { id: 7 } } }, true],
    ['NotificationPatch', { entity_id: 'other' }, false],
    ['EndpointPatch', {}, false],
    ['Erasure', {}, false],
    ['Erasure', { email: 'a@example.com', phone: '+14155550123' }, false],
    ['Erasure', { phone: '+14155550123' }, true],
  ])('%s: %j is %s', (name, body, expected) => {
    expect(takes(name, body)).toBe(expected);
  });

  it('name every enum and every object of an answer, so that generators need invent no name', () => {
    const inline: string[] = [];
    const search = (node: unknown, at: string[]): void => {
      if (typeof node !== 'object' || node === null) return;
      const { enum: values, properties } = node as { enum?: unknown[]; properties?: object };
      const isComponent = at.length === 3 && at[1] === 'schemas';
      if ((Array.isArray(values) || (properties && at.includes('responses'))) && !isComponent)
        inline.push(at.join('/'));
      for (const [key, value] of Object.entries(node)) if (key !== 'example') search(value, [...at, key]);
    };
    search(document, []);
    expect(inline).toEqual([]);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining([
        'NotificationStatus',
        'ChannelName',
        'ChannelState',
        'Channel',
        'Attempt',
        'Problem',
        'ErrorCode',
      ]),
    );
  });

  it('say a number where a number is meant, in queries too', () => {
    const limits = operations.flatMap(({ parameters = [] }) => parameters.filter(({ name }) => name === 'limit'));
    expect(limits.length).toBeGreaterThan(3);
    for (const { schema } of limits) expect(schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100 });
    expect(JSON.stringify(document)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });
});

it('links lead from what is created to operations that take its id', () => {
  const links = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((one) => Object.values(one.links ?? {})),
  );
  expect(links.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['getEvent', 'getNotification', 'cancelNotification', 'getEndpoint', 'getRedriveJob']),
  );
  for (const { operationId, parameters } of links) {
    const known = byId
      .get(operationId)
      ?.parameters?.filter((one) => one.in === 'path')
      .map(({ name }) => name);
    expect(Object.keys(parameters), operationId).toEqual(known);
  }
});

it('the webhook is there with the headers that verify it', () => {
  const { parameters = [] } = document.webhooks.notification?.post ?? {};
  expect(parameters.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
});

describe('security', () => {
  it('asks for either scheme, which have no scopes of their own, and says the scope beside it', () => {
    expect(byId.get('createNotification')).toMatchObject({
      security: [{ bearer: [] }, { key: [] }],
      'x-scope': 'notifications:write',
    });
    expect(byId.get('live')?.security).toEqual([]);
  });

  it('is nowhere where no key is needed, and the introduction says so', async () => {
    const open = await documentOf(false);
    expect(JSON.stringify(open)).not.toMatch(/"security"|"securitySchemes"/);
    expect(open.info.description).toContain('AUTH_MODE=none');
    expect(document.info.description).toContain('Authorization: Bearer');
  });
});
