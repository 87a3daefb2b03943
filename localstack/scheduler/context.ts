import type { Clock } from '../../lib/platform/clock.ts';
import type { Log } from '../../lib/telemetry/log-interface.ts';
import type { Store } from './store.ts';

/** For every action. */
export interface Context {
  store: Store;
  clock: Clock;
  random: () => number;
  log: Log | undefined;
  accountId: string;
  region: string;
  /** Undefined: queues are elsewhere. */
  queueExists: ((queueArn: string) => boolean) | undefined;
  /** To be called after a change of the next time to fire. */
  wake(): void;
}

type Place = Pick<Context, 'accountId' | 'region'>;

const arn = ({ region, accountId }: Place, rest: string) => `arn:aws:scheduler:${region}:${accountId}:${rest}`;
export const scheduleArn = (place: Place, { GroupName, Name }: { GroupName: string; Name: string }) =>
  arn(place, `schedule/${GroupName}/${Name}`);
export const groupArn = (place: Place, name: string) => arn(place, `schedule-group/${name}`);

/** Timestamps of the API are epoch seconds with a fraction. */
export const seconds = (ms: number) => ms / 1000;
