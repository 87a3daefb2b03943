import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import { ACCEPTED_AT, makeEvent } from '../testing/event.ts';
import { applyRules } from './rule.ts';

const options = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: false } };

/** Payloads that come near to what the rules read. */
const members = {
  user_id: fc.jsonValue(),
  entity_id: fc.oneof(fc.string(), fc.integer(), fc.jsonValue()),
  email: fc.oneof(fc.emailAddress(), fc.constant('a@example.com'), fc.jsonValue()),
  phone: fc.oneof(fc.constant('9999912345'), fc.string(), fc.jsonValue()),
  webhook_url: fc.oneof(fc.webUrl(), fc.jsonValue()),
  expiry_date: fc.oneof(fc.date().map(String), fc.constantFrom('2026-02-30', '2027-01-01'), fc.jsonValue()),
  target_date: fc.oneof(fc.constantFrom('2027-01-01', '0000-01-01', '9999-12-31T23:59:59-12:00'), fc.jsonValue()),
  lead_days: fc.oneof(fc.integer({ min: -1, max: 3651 }), fc.double(), fc.jsonValue()),
  subject: fc.jsonValue(),
  body: fc.jsonValue(),
  data: fc.jsonValue(),
};
const payloads = fc.oneof(
  fc.record(members, { requiredKeys: [] }),
  fc.record({ ...members, email: fc.constant('a@example.com') }, { requiredKeys: ['email'] }),
  fc.dictionary(fc.string(), fc.jsonValue()),
);
const events = fc
  .record({ type: fc.constantFrom(...KNOWN_TYPES, 'order.shipped', 'Com.Example/X', 'constructor'), payload: payloads })
  .map(makeEvent);

it('never throws, says the same twice, and what it makes is due from acceptance on, or says why not', () => {
  fc.assert(
    fc.property(events, (event) => {
      const applied = applyRules(event, options);
      expect(applyRules(structuredClone(event), options)).toEqual(applied);
      if ('rejected' in applied) expect(applied.rejected).toMatch(/^\/payload\/[a-z_]+ .+/);
      for (const { draft, due } of 'drafts' in applied ? applied.drafts : []) {
        expect(due.sendAt).toBeGreaterThanOrEqual(ACCEPTED_AT);
        expect(Object.keys(draft.to).length).toBeGreaterThan(0);
        expect(draft.entityId).not.toBe('');
      }
    }),
    { numRuns: 1_000 },
  );
});
