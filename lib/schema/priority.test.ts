import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliverMessage, scheduleMessage } from './messages.ts';
import { groupOf, isBulkGroup, PRIORITIES, tenantOf } from './priority.ts';
import { TENANT } from './tenant.ts';

const tenants = fc.stringMatching(TENANT);

describe('the group of what a tenant has due', () => {
  it('is its own for each tenant and priority, says whose it is, and is an id that SQS takes', () => {
    fc.assert(
      fc.property(tenants, tenants, fc.constantFrom(...PRIORITIES), (tenant, other, priority) => {
        const group = groupOf({ tenant, priority });
        expect([tenantOf(group), isBulkGroup(group)]).toEqual([tenant, priority === 'bulk']);
        expect(group).toMatch(/^[\w.-]{1,128}$/);
        if (other !== tenant)
          expect(PRIORITIES.map((each) => groupOf({ tenant: other, priority: each }))).not.toContain(group);
      }),
    );
  });

  it('is that of normal work where no priority is given', () => {
    expect(groupOf({ tenant: 'acme' })).toBe('acme');
  });
});

it.each([
  [deliverMessage, { kind: 'deliver', id: 'ntf_1', seq: 1, due: 0 }],
  [scheduleMessage, { kind: 'schedule', id: 'ntf_1', seq: 1, due: 0 }],
])('a message of a priority that this release does not know is as one of none', (schema, message) => {
  expect(schema.parse({ ...message, priority: 'bulk' })).toMatchObject({ priority: 'bulk' });
  for (const priority of ['express', 3, null])
    expect(schema.parse({ ...message, priority })).toEqual(schema.parse(message));
});
