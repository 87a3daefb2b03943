/** What is asked, and how: the options that the smoke client and the conformance suite share. */
import { readFileSync } from 'node:fs';

export interface Target {
  /** The base, without a trailing slash; a path in front of the API's (an emulator's) is kept. */
  url: string;
  /** PEM of the authority that signed the server's certificate, instead of those that Node knows. */
  ca?: string;
  /**
   * An API key or a token of the identity provider; both go out as `Authorization: Bearer`. Never
   * printed.
   */
  key?: string;
  /** `Host`, and the server's name in TLS, where the URL is an address. */
  host?: string;
}

export const targetOptions = {
  url: { type: 'string' },
  ca: { type: 'string' },
  key: { type: 'string' },
  host: { type: 'string' },
} as const;

export const TARGET_USAGE = `  --url <base>     where the service is, e.g. https://api.example.com
  --ca <file>      PEM certificate of the authority to trust (https)
  --key <key>      API key or bearer token; API_KEY in the environment does the same, and stays out of the process list
  --host <name>    Host header and TLS name, where the URL is an address`;

/** Ends the process with the usage where that is what was asked for. */
export const answerHelp = (usage: string): void => {
  if (!process.argv.includes('--help')) return;
  process.stdout.write(`${usage.trimEnd()}\n`);
  process.exit(0);
};

/** Wrong usage, in a sentence for the person who typed it. */
export class UsageError extends Error {}

export interface Given {
  url?: string | undefined;
  ca?: string | undefined;
  key?: string | undefined;
  host?: string | undefined;
}

const HOST = /^[a-z0-9._-]+(:[0-9]{1,5})?$/i;
/** What a header may carry; anything else is most likely a file's name or a pasted line end. */
const KEY = /^[\x21-\x7e]+$/;

const baseOf = (text: string | undefined): string => {
  if (!text) throw new UsageError('--url is required, e.g. --url http://localhost:3000');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError('--url must be an http:// or https:// URL');
  }
  if (url.username || url.password) throw new UsageError('--url must not carry credentials; use --key');
  if (url.search || url.hash) throw new UsageError('--url must end with the path: no query, no fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
};

const authorityOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca: ${(error as Error).message}`);
  }
};

/** Throws UsageError. `environment` gives the key where the options do not. */
export const targetOf = (given: Given, environment: { API_KEY?: string | undefined } = {}): Target => {
  const url = baseOf(given.url);
  const key = given.key || environment.API_KEY || undefined;
  if (key !== undefined && !KEY.test(key)) throw new UsageError('--key must be one line of ASCII without blanks');
  if (given.host !== undefined && !HOST.test(given.host)) throw new UsageError('--host must be a name, or name:port');
  if (given.ca !== undefined && !url.startsWith('https:')) throw new UsageError('--ca is for an https:// URL');
  return {
    url,
    ...(given.ca !== undefined && { ca: authorityOf(given.ca) }),
    ...(key !== undefined && { key }),
    ...(given.host !== undefined && { host: given.host }),
  };
};

/** Takes secrets out of a text, wherever they came from: an answer may repeat what it was sent. */
export const withoutSecrets = (text: string, secrets: readonly (string | undefined)[]): string =>
  secrets.reduce<string>((rest, secret) => (secret ? rest.replaceAll(secret, '***') : rest), text);
