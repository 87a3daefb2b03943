import { type Answer, invalid, json } from './http/answer.ts';

/** The parts of the local AWS that can be made to fail, to try out outages. */
export const services = ['dynamodb', 'sqs', 'scheduler', 'ses', 'sms', 'kms'] as const;
export type ServiceName = (typeof services)[number];

/** For calls. `hold` keeps a call from arriving, or its answer from being sent, until cleared. */
const callModes = ['error', 'throttle', 'slow', 'drop', 'hold'] as const;
/** For messages sent to queues: `reorder` delays some at random, up to `delay_ms`. */
const messageModes = ['duplicate', 'reorder'] as const;
/** For schedules that are due. `fire_never`: the schedule counts as fired, and nothing is sent. */
const firingModes = ['fire_twice', 'fire_late', 'fire_never'] as const;
const modes = [...callModes, ...messageModes, ...firingModes, 'off'] as const;
const moments = ['before', 'after'] as const;
type Moment = (typeof moments)[number];

interface Fault {
  service: ServiceName;
  mode: Exclude<(typeof modes)[number], 'off'>;
  /**
   * Share of the requests, messages or firings that it affects, 0 to 1; `duplicate` affects all.
   */
  rate: number;
  /** Only for `slow`, `reorder` and `fire_late`. */
  delay_ms: number;
  /** Epoch ms, wall clock; null = until cleared. */
  until: number | null;
  /** Only calls of this operation, as `X-Amz-Target` names it; null = all. */
  operation: string | null;
  /** Only for `hold`: before the call is performed, or after. */
  when: Moment;
  /** How many calls are held now. */
  held: number;
  /**
   * How many calls, messages or firings it has affected: a fault that affected none proves nothing.
   */
  hits: number;
}

/** What happens to a request. One that is held waits for `cleared`, and then calls `release`. */
export type Verdict =
  | { kind: 'answer'; status: number; code: string; message: string }
  | { kind: 'delay'; ms: number }
  | { kind: 'hold'; when: Moment; cleared: Promise<void>; release(): void }
  | { kind: 'drop' }
  | undefined;

/** How many times a schedule is sent, and how late. */
export interface Firing {
  times: 0 | 1 | 2;
  lateMs: number;
}

export interface Faults {
  judge(service: ServiceName, operation?: string): Verdict;
  /** Whether a message is sent twice. */
  duplicates(): boolean;
  /** Additional delay of each message, whole seconds; undefined without such a fault. */
  extraDelay(): (() => number) | undefined;
  /** For a schedule that fires now. */
  firing(): Firing;
  set(body: unknown): Answer;
  list(): Answer;
  clear(): Answer;
}

const atOnce: Firing = { times: 1, lateMs: 0 };
const LONGEST_MS = 24 * 60 * 60 * 1_000;
const isOneOf = <T extends string>(values: readonly T[], value: unknown): value is T => values.includes(value as T);
const isBetween = (value: unknown, low: number, high: number): value is number =>
  typeof value === 'number' && value >= low && value <= high;

const throttled: Record<ServiceName, string> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  sqs: 'com.amazonaws.sqs#RequestThrottled',
  scheduler: 'ThrottlingException',
  ses: 'TooManyRequestsException',
  sms: 'ThrottlingException',
  kms: 'ThrottlingException',
};

const failures = {
  error: () => ({ status: 500, code: 'InternalServerError', message: 'A failure set by /_local/faults' }),
  throttle: (service: ServiceName) => ({
    status: ['scheduler', 'ses'].includes(service) ? 429 : 400,
    code: throttled[service],
    message: 'A throttle set by /_local/faults',
  }),
};

export const makeFaults = ({ now = Date.now, fraction = Math.random } = {}): Faults => {
  const faults = new Map<ServiceName, Fault>();
  const clearings = new Map<Fault, PromiseWithResolvers<void>>();

  const remove = (service: ServiceName): void => {
    const fault = faults.get(service);
    faults.delete(service);
    if (!fault) return;
    clearings.get(fault)?.resolve();
    clearings.delete(fault);
  };

  const active = (service: ServiceName): Fault | undefined => {
    const fault = faults.get(service);
    if (fault?.until && fault.until <= now()) remove(service);
    return faults.get(service);
  };

  const hold = (fault: Fault): Verdict => {
    const clearing = clearings.get(fault) ?? Promise.withResolvers<void>();
    clearings.set(fault, clearing);
    fault.held += 1;
    const release = (): void => {
      fault.held -= 1;
    };
    return { kind: 'hold', when: fault.when, cleared: clearing.promise, release };
  };

  const list = (): Answer =>
    json(
      200,
      services.map(active).filter((fault) => fault !== undefined),
    );

  const set: Faults['set'] = (body) => {
    const {
      service,
      mode,
      for_ms: forMs,
      rate = 1,
      delay_ms: delayMs = 1_000,
      operation = null,
      when = 'after',
    } = (body ?? {}) as Record<string, unknown>;
    if (!isOneOf(services, service)) return invalid('/service', `must be one of ${services.join(', ')}`);
    if (!isOneOf(modes, mode)) return invalid('/mode', `must be one of ${modes.join(', ')}`);
    if (!isBetween(rate, 0, 1)) return invalid('/rate', 'must be between 0 and 1');
    if (!isBetween(delayMs, 0, LONGEST_MS)) return invalid('/delay_ms', 'must be milliseconds, at most a day');
    if (forMs !== undefined && !isBetween(forMs, 1, LONGEST_MS))
      return invalid('/for_ms', 'must be milliseconds, at most a day');
    if (mode === 'hold' && forMs !== undefined) return invalid('/for_ms', 'must be absent: a hold lasts until cleared');
    if (isOneOf(messageModes, mode) && service !== 'sqs') return invalid('/mode', `${mode} is for sqs alone`);
    if (isOneOf(firingModes, mode) && service !== 'scheduler')
      return invalid('/mode', `${mode} is for scheduler alone`);
    if (operation !== null && typeof operation !== 'string') return invalid('/operation', 'must be text');
    if (!isOneOf(moments, when)) return invalid('/when', `must be one of ${moments.join(', ')}`);
    remove(service);
    if (mode !== 'off')
      faults.set(service, {
        service,
        mode,
        rate,
        delay_ms: delayMs,
        until: forMs === undefined ? null : now() + forMs,
        operation,
        when,
        held: 0,
        hits: 0,
      });
    return list();
  };

  return {
    set,
    list,
    clear: () => {
      for (const service of services) remove(service);
      return list();
    },
    duplicates: () => {
      const fault = active('sqs');
      if (fault?.mode !== 'duplicate') return false;
      fault.hits += 1;
      return true;
    },
    extraDelay: () => {
      const fault = active('sqs');
      if (fault?.mode !== 'reorder') return undefined;
      return () => {
        if (fraction() >= fault.rate) return 0;
        fault.hits += 1;
        return Math.ceil((fraction() * fault.delay_ms) / 1_000);
      };
    },
    firing: () => {
      const fault = active('scheduler');
      if (!fault || !isOneOf(firingModes, fault.mode) || fraction() >= fault.rate) return atOnce;
      fault.hits += 1;
      if (fault.mode === 'fire_late') return { times: 1, lateMs: fault.delay_ms };
      return { times: fault.mode === 'fire_twice' ? 2 : 0, lateMs: 0 };
    },
    judge: (service, operation) => {
      if (faults.size === 0) return undefined;
      const fault = active(service);
      if (!fault || !isOneOf(callModes, fault.mode) || fraction() >= fault.rate) return undefined;
      if (fault.operation !== null && fault.operation !== operation) return undefined;
      fault.hits += 1;
      if (fault.mode === 'hold') return hold(fault);
      if (fault.mode === 'drop') return { kind: 'drop' };
      if (fault.mode === 'slow') return { kind: 'delay', ms: fault.delay_ms };
      return { kind: 'answer', ...failures[fault.mode](service) };
    },
  };
};
