/**
 * What a channel says of itself; lib/README.md, "Add a channel". A file of this folder holds one,
 * and loads what sends only to send.
 */
import type * as z from 'zod';
import type { PhoneNumbers } from '../schema/phone.ts';
import type { RecipientKindName } from '../schema/recipient-kinds.ts';
import type { UrlPolicy } from '../schema/webhook-url.ts';
import type { AwsConfig } from './aws/sdk.ts';
import type { Channel } from './channel.ts';
import type { HttpClientConfig, HttpClientPorts } from './http-client/http-client.ts';

/** By what this deployment judges addresses. */
export interface AddressOptions {
  phones: PhoneNumbers;
  webhook: UrlPolicy;
}

/** An address in normal form, or the problem with it, which ends the sentence "<field> ...". */
export type Parsed = { value: string } | { problem: string };

type Meta = { description?: string; examples?: string[] };

/** How the erasure of a person finds an address. */
export interface ErasureRule {
  meta?: Meta;
  /** The text to search for. */
  key(text: string, options: AddressOptions): Parsed;
  /** Distinguishes one request from another, and names no person: `a***@e***`. */
  mask(key: string): string;
  /** Whether a whole text is the address, however it is written. */
  matcher(key: string, options: AddressOptions): (text: string) => boolean;
  /** How the address is written within a longer text, in lower case. Default: as `key`. */
  within?(key: string): string[];
  /** What stands before the address only where it is a part of something else. Default: {@link WORD}. */
  notAfter?: RegExp;
}

export const WORD = /[\w.%+-]$/;

/** One member of a request, and of an event's payload. */
export interface AddressField {
  /** The form of the text, and what the OpenAPI document says of it. */
  form: () => z.ZodType<string, string>;
  meta?: Meta;
  /** A URL must pass `checkWebhookUrl`: use `urlAddress`. */
  parse(text: string, options: AddressOptions): Parsed;
  /** Where a channel has several fields: whether a stored address was given in this one. */
  holds?(address: string): boolean;
  erasure: ErasureRule | 'names no person';
}

export interface Declaration {
  /** In messages: "is required for e-mail and SMS". */
  title: string;
  /** Then a message must have a text; a program gets the whole notification as JSON. */
  isReadByPeople: boolean;
  /** What its messages go to, by which RECIPIENTS_ALLOWED judges each of them. */
  sendsTo: RecipientKindName;
  fields: Record<string, AddressField>;
  /** The words of infra/resources/permissions.yml that the function that sends needs for it. */
  permissions: readonly string[];
}

/** Environment variables, each a schema (platform/variables.ts). */
export type Settings = Record<string, z.ZodType>;
export type Values<S extends Settings> = keyof S extends never ? object : z.output<z.ZodObject<S>>;

export interface ChannelPorts extends HttpClientPorts {
  http: HttpClientConfig;
  aws: AwsConfig;
}

/** Imports what sends by `import()`, and makes the channel. Rejects when the settings cannot be used. */
export type Load<S extends Settings> = (settings: Values<S>, ports: ChannelPorts) => Promise<Channel>;

/** Of a mask. */
export const initial = (text: string): string => `${[...text][0] ?? ''}***`;
