import { parseArgs } from 'node:util';
import { TARGET_USAGE, type Target, targetOf, targetOptions, UsageError } from '../kit/target.ts';

export interface Options extends Target {
  /** The local AWS endpoint of the embedded stack: it has the inbox and the virtual clock. */
  localAws?: string;
  /** The service keeps real time: the local AWS has the inbox, but moving its clock moves nothing here. */
  realTime: boolean;
  /** The address under which the service reaches this machine. */
  receiverHost?: string;
  /** 0: any free one. */
  receiverPort: number;
  /** With any of these a webhook must verify. */
  webhookSecrets: string[];
  /** How many near deliveries the lateness is taken from. */
  deliveries: number;
  /** Checks, and requests, at once, where the service can do no more; else as many as the suite likes. */
  atOnce?: number;
  /** Checks whose group or name contains one of these; empty: all. */
  only: string[];
  list: boolean;
  /** The file for the result. */
  json?: string;
}

export const USAGE = `npm run conformance -- --url <base> [options]
${TARGET_USAGE}
  --receiver-host <address>   how the service reaches this machine; without it nothing of delivery is checked
                              127.x stays on this machine; for any other address every interface listens, as pods need it
  --receiver-port <port>      default: any free one
  --webhook-secret <whsec_>   what webhooks are signed with; may be given again
  --local-aws <url>           the local AWS endpoint, for the inbox and the virtual clock (which is moved)
  --real-time                 the service keeps real time: the inbox is looked at, the clock is not moved
  --deliveries <n>            how many the lateness is taken from, default 60
  --at-once <n>               at most so many checks, and requests, at once: for a platform where each takes a process
  --only <text,...>           checks whose group or name contains one of these
  --list                      the checks, without running them
  --json <file>               the result, for machines
Exit code: 0 conforms, 1 does not, 2 could not be begun.`;

const DELIVERIES_MAX = 5_000;
const AT_ONCE_MAX = 100;

const options = {
  ...targetOptions,
  'local-aws': { type: 'string' },
  'real-time': { type: 'boolean', default: false },
  'receiver-host': { type: 'string' },
  'receiver-port': { type: 'string', default: '0' },
  'webhook-secret': { type: 'string', multiple: true, default: [] as string[] },
  deliveries: { type: 'string', default: '60' },
  'at-once': { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  list: { type: 'boolean', default: false },
  json: { type: 'string' },
} as const;

const whole = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}`);
};

const localAwsOf = (text: string): string => {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return text.replace(/\/+$/, '');
  throw new UsageError('--local-aws must be an http:// URL, e.g. http://127.0.0.1:4566');
};

const receiverHostOf = (text: string): string => {
  if (URL.canParse(`http://${text}:1/`) && !/[/?#@]/.test(text)) return text;
  throw new UsageError('--receiver-host must be an address or a name, without a port; IPv6 in brackets');
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const listed = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.split(',').map((one) => one.trim().toLowerCase())).filter((one) => one !== '');

/** Throws UsageError. */
export const optionsOf = (args: readonly string[], environment: { API_KEY?: string | undefined } = {}): Options => {
  const values = parsed(args);
  const secrets = values['webhook-secret'].flatMap((text) => text.split(' ')).filter((one) => one !== '');
  if (!secrets.every((one) => /^whsec_[A-Za-z0-9+/]+=*$/.test(one))) {
    throw new UsageError('--webhook-secret must be whsec_ and base64');
  }
  const [localAws, receiverHost] = [values['local-aws'], values['receiver-host']];
  return {
    ...(values.list && !values.url ? { url: '' } : targetOf(values, environment)),
    ...(localAws !== undefined && { localAws: localAwsOf(localAws) }),
    realTime: values['real-time'],
    ...(receiverHost !== undefined && { receiverHost: receiverHostOf(receiverHost) }),
    receiverPort: whole('receiver-port', values['receiver-port'], 0, 65_535),
    webhookSecrets: secrets,
    deliveries: whole('deliveries', values.deliveries, 1, DELIVERIES_MAX),
    ...(values['at-once'] !== undefined && { atOnce: whole('at-once', values['at-once'], 1, AT_ONCE_MAX) }),
    only: listed(values.only),
    list: values.list,
    ...(values.json !== undefined && { json: values.json }),
  };
};
