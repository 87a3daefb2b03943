import type { Log } from '../../lib/telemetry/log-interface.ts';

const WINDOW_MS = 60_000;

/** The log, which also shows warnings: for each target and reason once a minute. */
export const schedulerLog = (log: Log, notify: (line: string) => void): Log => {
  const more = new Map<string, number>();

  const open = (key: string, what: string): void => {
    more.set(key, 0);
    const close = (): void => {
      const count = more.get(key) ?? 0;
      more.delete(key);
      if (count > 0) notify(`${count} more in the last minute: schedule ${what}`);
    };
    setTimeout(close, WINDOW_MS).unref();
  };

  return {
    ...log,
    warn: (message, fields = {}) => {
      log.warn(message, fields);
      const { group, schedule, target, reason, error } = fields;
      const what = message === 'schedule.cannot_fire' ? `cannot fire: ${reason}` : `failed: ${error}`;
      const key = `${target} ${what}`;
      const count = more.get(key);
      if (count !== undefined) {
        more.set(key, count + 1);
        return;
      }
      open(key, what);
      notify(`schedule ${group}/${schedule} ${what}`);
    },
  };
};
