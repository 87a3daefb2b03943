/**
 * The fuzzer's own parts: what it calls valid is valid by the schemas that the handlers parse with,
 * and what it mutates it mutates afresh.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { batchSchema } from '../../../lib/batch/read.ts';
import { bulkCancelSchema, bulkRescheduleSchema } from '../../../lib/bulk/command.ts';
import { redriveSchema } from '../../../lib/dead-letters/redrive-job.ts';
import { newEndpointSchema } from '../../../lib/endpoints/endpoint-requests.ts';
import { eventItemSchema, newEventSchema } from '../../../lib/events/new-event.ts';
import { newNotificationSchema, notificationItemSchema } from '../../../lib/notifications/notification.ts';
import { notificationPatchSchema } from '../../../lib/notifications/notification-patch.ts';
import { ownDocument } from '../../../lib/runtime/serverless/api.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { operationsOf, undocumentedRoutes } from './document.ts';
import { makeFields, repairsAt } from './fields.ts';
import { mutate, mutation } from './hostile.ts';
import { arbitraryOf } from './schema.ts';

const document = (await ownDocument({ authenticated: true, now: Date.now() })) as unknown as OpenApiDocument;
const now = Date.parse('2026-11-01T00:00:00Z');
const fields = makeFields(now, 'http://127.0.0.1:9');
const repairs = repairsAt(now, () => undefined);

it('every route of serverless.yml is in the document', async () => {
  expect(await undocumentedRoutes(document)).toEqual([]);
});

describe('what is made from the document', () => {
  const schemas: Record<string, z.ZodType> = {
    createNotification: newNotificationSchema,
    rescheduleNotification: notificationPatchSchema,
    publishEvent: newEventSchema,
    createNotificationBatch: batchSchema(notificationItemSchema),
    publishEventBatch: batchSchema(eventItemSchema),
    createEndpoint: newEndpointSchema,
    cancelNotifications: bulkCancelSchema,
    rescheduleNotifications: bulkRescheduleSchema,
    redriveDeadLetters: redriveSchema,
  };

  it.each(Object.entries(schemas))('%s takes', (id, schema) => {
    const given = operationsOf(document).find((one) => one.id === id)?.bodies['application/json'];
    if (!given) throw new Error(`${id} takes no JSON`);
    const repair = repairs[id] ?? ((body) => body);
    fc.assert(
      fc.property(arbitraryOf(document, given, fields), (body) => {
        const sent = JSON.parse(JSON.stringify(repair(body as Record<string, unknown>)));
        expect(schema.safeParse(sent).error?.issues ?? []).toEqual([]);
      }),
    );
  });

  it('every body of every operation can be made', () => {
    const made = operationsOf(document).flatMap(({ bodies }) => Object.values(bodies));
    expect(made.length).toBeGreaterThan(5);
    for (const schema of made) expect(fc.sample(arbitraryOf(document, schema, fields), 3)).toHaveLength(3);
  });
});

describe('a mutation', () => {
  it('changes a copy: neither what is valid nor the hostile values themselves', () => {
    const valid = { a: 1, b: { c: [1, 2, { d: null }] } };
    const before = JSON.stringify(valid);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), (mutations) => {
        const hostile = JSON.stringify(mutations);
        const once = JSON.stringify(mutate(valid, mutations));
        expect(JSON.stringify(mutate(valid, mutations))).toBe(once);
        expect([JSON.stringify(valid), JSON.stringify(mutations)]).toEqual([before, hostile]);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  it('reaches every kind: replaced, removed, added, renamed, wrapped', () => {
    const at = { walk: [0], key: '__proto__', value: 7 };
    const said = (['replace', 'remove', 'add', 'rename', 'wrap'] as const).map((kind) =>
      JSON.stringify(mutate({ a: 1 }, [{ ...at, kind }])),
    );
    expect(said).toEqual(['{"a":7}', '{}', '{"a":1,"__proto__":7}', '{"__proto__":1}', '{"a":[1]}']);
  });
});
