import { describe, expect, it } from 'vitest';
import { type ApiKey, apiKeyFields } from '../../auth/api-keys/api-key.ts';
import { rawMessageFields } from '../../dead-letters/dead-letter.ts';
import { drafted as draftedRedrive, redriveJobFields } from '../../dead-letters/redrive-job.ts';
import { endpointFields } from '../../endpoints/endpoint.ts';
import { drafted as draftedErasure, erasureJobFields } from '../../erasure/erasure-job.ts';
import { eventFields } from '../../events/event.ts';
import { opened } from '../../jobs/job.ts';
import { placesFields } from '../../jobs/places.ts';
import { notificationFields } from '../../notifications/notification.ts';
import { scheduleFields } from '../../schedules/schedule.ts';
import type { Fields } from '../../store/fields.ts';
import { rawMessage } from '../../testing/dead-letters.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { makeEvent } from '../../testing/event.ts';
import { makeSchedule } from '../../testing/schedule.ts';
import { states } from '../../testing/states.ts';
import { INDEX_KEYS } from '../table/keys.ts';
import type { Item } from '../table/table.ts';
import { apiKeyMapping } from './api-key-item.ts';
import { rawMessageMapping } from './dead-letter-item.ts';
import { endpointMapping } from './endpoint-item.ts';
import { eventMapping } from './event-item.ts';
import { jobMappingOf, placesMapping } from './job-item.ts';
import { notificationMapping } from './notification-item.ts';
import { scheduleMapping } from './schedule-item.ts';

const on = { now: 5, writeId: 'w' };
const job = { id: 'job_1', tenant: 'acme' };
const key: ApiKey = {
  ...{ id: 'key_1', tenant: 'acme', name: 'n', scopes: ['admin'], secrets: [{ hash: 'h' }] },
  ...{ createdAt: 1, updatedAt: 1, writeId: 'w' },
};

interface AnyMapping {
  toItem(noun: never): Item;
  fromItem(item: Item): object;
  encrypted?: readonly string[];
}

/** Of each noun its rows, its mapping, and one that has what is always there. */
const nouns: [string, Fields, AnyMapping, object][] = [
  ['notification', notificationFields, notificationMapping, { ...states.RETRYING(), partition: 3 }],
  ['event', eventFields, eventMapping, makeEvent({ partition: 3 })],
  ['raw message', rawMessageFields, rawMessageMapping, rawMessage('dlm_1', 5, { partition: 3 })],
  ['endpoint', endpointFields, endpointMapping, makeEndpoint()],
  ['schedule', scheduleFields, scheduleMapping, makeSchedule()],
  ['API key', apiKeyFields, apiKeyMapping, key],
  [
    'redrive job',
    redriveJobFields,
    jobMappingOf('job_1') as AnyMapping,
    { ...draftedRedrive({ ...job, kind: 'replay', filters: {}, perSecond: 1, matched: 2 }), ...opened('RUNNING', on) },
  ],
  [
    'erasure job',
    erasureJobFields,
    jobMappingOf('era_1') as AnyMapping,
    { ...draftedErasure({ ...job, id: 'era_1', by: 'entity_id', value: 'e' }), ...opened('QUEUED', on) },
  ],
  [
    'places of jobs',
    placesFields,
    placesMapping,
    { id: 'jobs_acme', tenant: 'acme', running: [{ id: 'job_1', at: 1 }], queued: [], createdAt: 1, writeId: 'w' },
  ],
];

describe.each(nouns)('%s', (_, fields, mapping, noun) => {
  const stored = Object.entries(fields).filter(([, { form }]) => form);
  /** With a value in each field that may be absent, too. */
  const whole = {
    ...Object.fromEntries(
      stored.map(([name, { form }]) => [name, form?.absent ? (form.absent() === 0 ? 7 : ['x']) : 'x']),
    ),
    ...noun,
  };

  it('comes back from its item with every declared field', () => {
    const item = mapping.toItem(whole as never);
    expect(mapping.fromItem(item)).toEqual(whole);
    expect(Object.keys(mapping.fromItem(item)).toSorted()).toEqual(stored.map(([name]) => name).toSorted());
  });

  it('has an attribute of its own for each field, beside the keys of the indexes', () => {
    const names = stored.flatMap(([, { form }]) => form?.attribute ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => (INDEX_KEYS as readonly string[]).includes(name))).toEqual([]);
  });

  it('encrypts what is classified so, and keeps it out of the index keys', () => {
    const encrypted = stored.flatMap(([, { form, classification }]) =>
      classification?.isEncrypted ? [form?.attribute] : [],
    );
    expect(mapping.encrypted ?? []).toEqual(encrypted);
  });
});
