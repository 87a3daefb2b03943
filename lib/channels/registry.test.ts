/** What every channel must have: a new one fails here by its name for the part that it lacks. */
import { readdirSync, readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personOf } from '../erasure/erasure-job.ts';
import { makeMatcher } from '../erasure/match.ts';
import { parseRecipients } from '../notifications/recipient.ts';
import { viewNotification } from '../notifications/view.ts';
import { ownDocument } from '../runtime/serverless/api.ts';
import { loadServerless } from '../runtime/serverless/serverless-yaml.ts';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import { makePhoneNumbers } from '../schema/phone.ts';
import { definitions } from '../telemetry/definitions.ts';
import { rawMessage } from '../testing/dead-letters.ts';
import { makeEvent } from '../testing/event.ts';
import { created } from '../testing/states.ts';
import type { Settings } from './declaration.ts';
import { METADATA, SPECIAL, startListener } from './http-client/ssrf.testing.ts';
import { addressFields, declarations, makeChannels, type NamedField, settings } from './index.ts';

const strict = { phones: makePhoneNumbers('IN'), webhook: { allowPrivate: false, allowHttp: true } };

/** One that a field accepts is its sample. */
const SAMPLES = ['user@example.com', '+4915112345678', 'https://hooks.example.com/ada', `end_${'0'.repeat(26)}`];
const sampleOf = ({ name, parse }: NamedField): string => {
  const sample = SAMPLES.find((text) => 'value' in parse(text, strict));
  if (sample === undefined) throw new Error(`${name} accepts none of the SAMPLES: add an address that it accepts`);
  return sample;
};
const takesUrls = ({ parse }: NamedField): boolean => 'value' in parse('https://hooks.example.com/', strict);
const fieldsOf = (name: ChannelName) => addressFields.filter(({ channel }) => channel === name);

const schemas = (
  (await ownDocument({ authenticated: true, now: 0 })) as unknown as {
    components: { schemas: Record<string, { properties?: object; enum?: string[] }> };
  }
).components.schemas;
const { custom, functions, provider } = await loadServerless({ stage: 'dev', env: {} });

const files = readdirSync(import.meta.dirname).filter((file) => /^[\w-]+\.ts$/.test(file));
const declaring = files.filter((file) =>
  /^export const declaration\b/m.test(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')),
);

it('has every file of lib/channels that declares a channel, under the name of the file', () => {
  expect(declaring.map((file) => file.replace('.ts', '')).toSorted()).toEqual([...CHANNEL_NAMES].toSorted());
});

describe.each(CHANNEL_NAMES)('the channel %s', (name) => {
  const { permissions } = declarations[name];

  it('is in the OpenAPI document, with each of its fields in requests and in views', () => {
    expect(schemas.ChannelName?.enum).toContain(name);
    expect(schemas.Channels?.properties).toHaveProperty(name);
    const fields = fieldsOf(name).map((field) => field.name);
    expect(fields.length).toBeGreaterThan(0);
    for (const schema of ['NewNotification', 'Notification'])
      expect(Object.keys(schemas[schema]?.properties ?? {}), schema).toEqual(expect.arrayContaining(fields));
  });

  it('has a metric label of its own', () => {
    const { channel } = definitions.event_system_delivery_attempts_total.labels;
    expect(channel?.values).toContain(name);
  });

  it('has its variables in the configuration and in serverless.yml', async () => {
    const own: Settings = (await import(/* @vite-ignore */ `${import.meta.dirname}/${name}.ts`)).settings;
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.keys(own)));
    expect(Object.keys(provider.environment)).toEqual(expect.arrayContaining(Object.keys(own)));
  });

  it('has the permissions that the function which sends needs', () => {
    expect(functions.notificationsDeliver?.needs).toEqual(expect.arrayContaining([...permissions]));
    expect(Object.keys(custom.permissions as object)).toEqual(expect.arrayContaining([...permissions]));
  });

  it('has an address by which the data of a person is erased', () => {
    expect(fieldsOf(name).some(({ erasure }) => erasure !== 'names no person')).toBe(true);
  });
});

describe.each(addressFields.map((field) => [field.name, field] as const))('the field %s', (name, field) => {
  const { channel, parse } = field;

  it('names a recipient, in a request and in a view', () => {
    const parsed = parseRecipients({ [name]: sampleOf(field) }, strict);
    expect(parsed).toEqual({ to: { [channel]: expect.any(String) } });
    const { to } = parsed as { to: Record<string, string> };
    expect(viewNotification(created(0, to).next)).toMatchObject({ [name]: to[channel] });
  });

  it('is of no private and no metadata address, and accepts no text that is another kind of URL', () => {
    for (const address of [SPECIAL, METADATA].flatMap((table) => Object.values(table).flat())) {
      const host = address.includes(':') ? `[${address}]` : address;
      for (const url of [`http://${host}/`, `https://${host}:8443/`])
        expect(parse(url, strict), `${name}: ${url}`).toHaveProperty('problem');
    }
    for (const url of ['file:///etc/passwd', 'https://user:secret@example.com/', 'http://localhost/'])
      expect(parse(url, strict), `${name}: ${url}`).toHaveProperty('problem');
  });
});

const erasable = addressFields.flatMap((field) =>
  field.erasure === 'names no person' ? [] : [[field.name, field, field.erasure] as const],
);

it.each(erasable)(
  'by %s an erasure finds the records of a person, and its mask hides the address',
  (name, field, rule) => {
    const { channel, parse } = field;
    const sample = sampleOf(field);
    const parsed = parse(sample, strict) as { value: string };
    const person = personOf({ [name]: sample }, strict);
    const is = makeMatcher(person, strict);
    expect(is.notification(created(0, { [channel]: parsed.value }).next), 'a notification').toBe(true);
    expect(is.event(makeEvent({ payload: { [name]: sample } })), 'an event').toBe(true);
    expect(is.message(rawMessage('dlm_1', 0, { body: `Sent to ${sample}.` })), 'a message').toBe(true);
    expect(is.notification(created(0, { [channel]: 'another' }).next), 'another').toBe(false);
    expect(rule.mask(person.value)).not.toContain(person.value);
  },
);

describe('what a channel sends', () => {
  let listener: Awaited<ReturnType<typeof startListener>>;
  beforeAll(async () => {
    listener = await startListener();
  });
  afterAll(() => listener.close());

  const loopback: LookupFunction = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const channels = makeChannels(
    { EMAIL_TRANSPORT: 'ses', EMAIL_FROM: 'us@example.com', WEBHOOK_SECRETS: [`whsec_${'A'.repeat(44)}`] },
    {
      http: { allowPrivate: false, allowHttp: true, userAgent: 'test', maxConnectionsPerOrigin: 2 },
      aws: { region: 'eu-west-1' },
      clock: { real: () => Date.now() },
      lookup: loopback,
    },
  );
  const send = (name: ChannelName, to: string) =>
    channels[name].send(
      { notificationId: 'ntf_1', tenant: 'default', to, subject: 'S', body: 'B', payload: '{}' },
      { signal: AbortSignal.timeout(5_000) },
    );

  it.each(addressFields.filter(takesUrls).map(({ channel }) => channel))(
    'by %s never connects to a private address, neither to a literal one nor by a name',
    async (name) => {
      const literal = await send(name, `http://127.0.0.1:${listener.port}/`);
      expect(literal).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
      const byName = await send(name, `http://hooks.example.com:${listener.port}/`);
      expect(byName).toEqual({ outcome: 'retry', error: 'blocked_address' });
      expect(listener.connections()).toBe(0);
    },
  );
});
