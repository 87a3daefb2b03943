/**
 * The registry of channels: requests, views, erasure, configuration, metrics and sending follow from it.
 * Three tables and not one, so that a bundle holds only what its function uses.
 */
import { byChannel, CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import type { AddressField, ChannelPorts, Declaration, Load, Values } from './declaration.ts';
import * as email from './email.ts';
import { type LoadableChannel, loadable } from './loadable.ts';
import * as sms from './sms.ts';
import * as webhook from './webhook.ts';

export const declarations = {
  email: email.declaration,
  sms: sms.declaration,
  webhook: webhook.declaration,
} satisfies Record<ChannelName, Declaration>;

/** Their environment variables, which lib/config.ts reads. */
export const settings = { ...email.settings, ...sms.settings, ...webhook.settings };
export type ChannelSettings = Values<typeof settings>;

const loaders: Record<ChannelName, Load<typeof settings>> = {
  email: email.load,
  sms: sms.load,
  webhook: webhook.load,
};

export const makeChannels = (values: ChannelSettings, ports: ChannelPorts): Record<ChannelName, LoadableChannel> =>
  byChannel((name) => loadable(name, () => loaders[name](values, ports)));

/** The members of a request that name a recipient. */
export type AddressName = { [Name in ChannelName]: keyof (typeof declarations)[Name]['fields'] }[ChannelName];

export interface NamedField extends AddressField {
  channel: ChannelName;
  name: AddressName;
}

/** In the order in which they are checked and shown. */
export const addressFields: readonly NamedField[] = /* @__PURE__ */ CHANNEL_NAMES.flatMap((channel) =>
  Object.entries<AddressField>(declarations[channel].fields).map(([name, field]) => ({
    ...field,
    channel,
    name: name as AddressName,
  })),
);

export const addressNames: readonly AddressName[] = /* @__PURE__ */ addressFields.map(({ name }) => name);

/** An object with a member for each of them. */
export const byAddress = <T>(make: (field: NamedField) => T): Record<AddressName, T> =>
  Object.fromEntries(addressFields.map((field) => [field.name, make(field)])) as Record<AddressName, T>;

/** Pairs of fields of one channel: a request may have one of them. */
export const alternatives: readonly [AddressName, AddressName][] = /* @__PURE__ */ addressFields.flatMap(
  (field, index) =>
    addressFields
      .slice(0, index)
      .filter(({ channel }) => channel === field.channel)
      .map(({ name }): [AddressName, AddressName] => [name, field.name]),
);
