import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { makeZone } from './zone.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Beirut', 'Pacific/Kiritimati'];
/** Into 2026 and 2027: half an hour before and after each change of the clocks too. */
const instants = fc.integer({ min: Date.parse('2026-01-01T00:00Z'), max: Date.parse('2028-01-01T00:00Z') });
const CHANGES = ['2027-03-14T02:00', '2027-03-28T00:00', '2027-03-28T02:00', '2027-04-04T02:00', '2027-10-03T02:00'];
const more = ['2027-10-31T00:00', '2027-10-31T03:00', '2027-11-07T02:00'];
const near = fc
  .tuple(fc.constantFrom(...CHANGES, ...more), fc.integer({ min: -7_200_000, max: 7_200_000 }))
  .map(([text, ms]) => Date.parse(`${text}Z`) + ms);

it('local times are those of Temporal, and in a gap or an overlap the same instant is taken', () => {
  const property = fc.property(fc.constantFrom(...ZONES), fc.oneof(instants, near), (name, at) => {
    const zone = makeZone(name);
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO('UTC').toPlainDateTime();
    expect(zone.instantOf(at)).toBe(local.toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds);
    const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
    expect(zone.localOf(at)).toBe(at + zoned.offsetNanoseconds / 1e6);
  });
  fc.assert(property, { numRuns: 2_000 });
});
