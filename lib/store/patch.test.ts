import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { field, input, optional, PERSONAL, PLAIN, required, type Stored, setting, shown } from './fields.ts';
import { givenOf, patchErrors, patched } from './patch.ts';

const hours = z.strictObject({ from: z.string(), until: z.string() });
const fields = {
  id: field(required<string>('id'), PLAIN, shown('thing_id', z.string())),
  name: field(required<string>('name'), PLAIN, input('name', z.string())),
  note: field(optional<string>('note'), PERSONAL, setting('note', z.string().max(5), z.string())),
  openHours: field(optional<z.output<typeof hours>>('hours'), PLAIN, input('hours', hours.optional())),
};
interface Thing extends Stored<typeof fields> {}
const thing: Thing = { id: 't_1', name: 'Ann', note: 'hi', openHours: { from: '09:00', until: '18:00' } };

describe('a PATCH', () => {
  it('sets what it gives, removes what is null, and leaves the rest', () => {
    expect(patched(fields, thing, { note: 'new', id: 'other' })).toEqual({ ...thing, note: 'new' });
    expect(patched(fields, thing, { note: null })).not.toHaveProperty('note');
    expect(patched(fields, thing, { id: 'other', note: undefined })).toBe(thing);
  });

  it('merges objects', () => {
    const { openHours } = patched(fields, thing, { hours: { until: '17:00' } });
    expect(openHours).toEqual({ from: '09:00', until: '17:00' });
    expect(thing.openHours?.until).toBe('18:00');
  });

  it('is judged, once merged, by the rules of creation, in what it names', () => {
    const errorsOf = (patch: object) => {
      const next = patched(fields, thing, patch as Record<string, unknown>);
      return patchErrors(fields, next, patch as Record<string, unknown>);
    };
    expect(errorsOf({ note: 'new', hours: { until: '17:00' } })).toEqual([]);
    expect(errorsOf({ note: 'longer', hours: { from: null }, name: null })).toEqual([
      { pointer: '/name', detail: 'is required' },
      { pointer: '/note', detail: 'must have at most 5 characters' },
      { pointer: '/hours/from', detail: 'is required' },
    ]);
    expect(patchErrors(fields, { ...thing, note: 'longer' }, { name: 'Bob' })).toEqual([]);
  });
});

it('what a client gave is as a request has it', () => {
  expect(givenOf(fields, thing)).toEqual({ name: 'Ann', note: 'hi', hours: { from: '09:00', until: '18:00' } });
});
