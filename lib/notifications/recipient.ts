/** The recipients that a client, or an event's payload, names: their addresses checked and in normal form. */
import type { AddressOptions } from '../channels/declaration.ts';
import {
  type AddressName,
  addressFields,
  addressNames,
  alternatives,
  byAddress,
  declarations,
  type NamedField,
} from '../channels/index.ts';
import type { FieldError } from '../errors.ts';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import type { MergePatch } from '../schema/merge-patch.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { listOf } from '../schema/text.ts';
import type { Checked } from '../schema/validate.ts';
import { type ChannelRecord, type ChannelRecords, deferralOf, isOpenChannel, newChannel } from './channel-record.ts';

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
    return { errors: [{ pointer: `/${addressNames[0]}`, detail: REQUIRED }] };
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

/** The field in which an address of the channel was given. */
const fieldOf = (channel: ChannelName, to: string): AddressName => {
  const fields = addressFields.filter((field) => field.channel === channel) as [NamedField, ...NamedField[]];
  return (fields.find(({ holds }) => holds?.(to)) ?? fields[0]).name;
};

/** The fields in which the addresses of a notification were given. */
export const addressesOf = (
  channels: Partial<Record<ChannelName, { to: string }>>,
): Partial<Record<AddressName, string>> =>
  Object.fromEntries(
    CHANNEL_NAMES.flatMap((channel) => {
      const to = channels[channel]?.to;
      return to === undefined ? [] : [[fieldOf(channel, to), to]];
    }),
  );

const REQUIRED = `at least one of ${listOf(addressNames)} is required`;

/** Of a PATCH: the recipients that it names, without those that it removes. */
export const givenRecipients = (patch: MergePatch<Recipients>): Recipients =>
  omitUndefined(byAddress(({ name }) => patch[name] ?? undefined));

/**
 * The channels after a PATCH. What it does not name stays as it is; another address is a new channel,
 * first due at `dueAt`, and takes the place of its channel's other address.
 */
export const patchChannels = (
  channels: ChannelRecords,
  patch: MergePatch<Recipients>,
  { dueAt, ...options }: AddressOptions & { dueAt: number },
): Checked<ChannelRecords> => {
  const given = givenRecipients(patch);
  const parsed = Object.keys(given).length > 0 ? parseRecipients(given, options) : { to: {} as Addresses };
  if ('errors' in parsed) return parsed;
  const next = CHANNEL_NAMES.flatMap((name): [ChannelName, ChannelRecord][] => {
    const [channel, to] = [channels[name], parsed.to[name]];
    if (to !== undefined && to !== channel?.to) return [[name, { ...newChannel(to, dueAt), ...deferralOf(channels) }]];
    const isRemoved = to === undefined && channel && patch[fieldOf(name, channel.to)] === null;
    return channel && !isRemoved ? [[name, channel]] : [];
  });
  if (next.some(([, channel]) => isOpenChannel(channel))) return { value: Object.fromEntries(next) };
  const removed = addressNames.filter((name) => patch[name] === null);
  return { errors: removed.map((name) => ({ pointer: `/${name}`, detail: `must not be removed: ${REQUIRED}` })) };
};
