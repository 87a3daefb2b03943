/** The recipients that a client, or an event's payload, names: their addresses checked and in normal form. */
import type { AddressOptions } from '../channels/declaration.ts';
import { type AddressName, addressFields, addressNames, alternatives, declarations } from '../channels/index.ts';
import type { FieldError } from '../errors.ts';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import { listOf } from '../schema/text.ts';

export type Recipients = Partial<Record<AddressName, string | undefined>>;
export type Addresses = Partial<Record<ChannelName, string>>;

/** The channels whose messages people read, so that they must have a text. */
export const TEXT_CHANNELS = CHANNEL_NAMES.filter((name) => declarations[name].isReadByPeople);
export const TEXT_CHANNELS_LISTED = listOf(TEXT_CHANNELS.map((name) => declarations[name].title));

/** The addresses by channel, or every rule that is broken, by field. None given is an error too. */
export const parseRecipients = (
  given: Recipients,
  options: AddressOptions,
): { to: Addresses } | { errors: FieldError[] } => {
  const named = addressFields.filter(({ name }) => given[name] !== undefined);
  if (named.length === 0) {
    const detail = `at least one of ${listOf(addressNames)} is required`;
    return { errors: [{ pointer: `/${addressNames[0]}`, detail }] };
  }
  const errors: FieldError[] = alternatives
    .filter((pair) => pair.every((name) => given[name] !== undefined))
    .map(([first, second]) => ({ pointer: `/${second}`, detail: `must not be given together with ${first}` }));
  const to: Addresses = {};
  for (const { channel, name, parse } of named) {
    const parsed = parse(given[name] ?? '', options);
    if ('value' in parsed) to[channel] = parsed.value;
    else errors.push({ pointer: `/${name}`, detail: parsed.problem });
  }
  return errors.length > 0 ? { errors } : { to };
};

/** What a request gives by channel, whether or not the addresses are right. */
export const givenByChannel = (given: Partial<Record<AddressName, unknown>>): Partial<Record<ChannelName, unknown>> =>
  Object.fromEntries(
    addressFields.flatMap(({ channel, name }) => (given[name] === undefined ? [] : [[channel, given[name]]])),
  );

/** The fields in which the addresses of a notification were given. */
export const addressesOf = (
  channels: Partial<Record<ChannelName, { to: string }>>,
): Partial<Record<AddressName, string>> =>
  Object.fromEntries(
    CHANNEL_NAMES.flatMap((channel) => {
      const to = channels[channel]?.to;
      if (to === undefined) return [];
      const fields = addressFields.filter((field) => field.channel === channel);
      const field = fields.find(({ holds }) => holds?.(to)) ?? fields[0];
      return [[field?.name, to]];
    }),
  );
