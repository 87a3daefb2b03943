import type { Log } from '../../lib/ports.ts';

/** The log, with each warning also as one line for people. */
export const schedulerLog = (log: Log, notify: (line: string) => void): Log => ({
  ...log,
  warn: (message, fields = {}) => {
    log.warn(message, fields);
    const { group, schedule, reason, error } = fields;
    const what = message === 'schedule.cannot_fire' ? `cannot fire: ${reason}` : `failed: ${error}`;
    notify(`schedule ${group}/${schedule} ${what}`);
  },
});
