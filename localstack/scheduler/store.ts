import type { DatabaseSync } from 'node:sqlite';
import { makeGroupStore } from './group-store.ts';
import { openDatabase } from './schema.ts';
import type { Firing, Invocation, Schedule, ScheduleDocument } from './types.ts';

/** Columns of `schedules`; integers are epoch ms. */
interface Row {
  id: number;
  document: string;
  token: string | null;
  created_at: number;
  modified_at: number;
  revision: number;
  occurrence: number | null;
  next_at: number | null;
  fired_at: number | null;
}

export interface ScheduleQuery {
  groupName?: string | undefined;
  namePrefix?: string | undefined;
  state?: string | undefined;
  /** Only later ones, in the order of group and name. */
  after?: [groupName: string, name: string] | undefined;
  limit: number;
}

const scheduleOf = (row: Row): Schedule => ({
  id: row.id,
  document: JSON.parse(row.document) as ScheduleDocument,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  revision: row.revision,
  next: row.next_at === null ? undefined : { occurrence: row.occurrence ?? row.next_at, at: row.next_at },
  firedAt: row.fired_at ?? undefined,
  token: row.token ?? undefined,
});

/** After every name with the prefix: names are ASCII without `~`. */
export const prefixEnd = (prefix: string) => `${prefix}~`;

/** At most once an hour: one-time schedules, rates of hours or days, crons with one minute. */
const RARE = `(${['at(*', 'rate(* hour*', 'rate(* day*', 'cron([0-9] *', 'cron([0-9][0-9] *']
  .map((pattern) => `document ->> 'ScheduleExpression' GLOB '${pattern}'`)
  .join(' OR ')})`;

const makeSchedules = (database: DatabaseSync) => {
  const sql = {
    find: database.prepare('SELECT * FROM schedules WHERE group_name = ? AND name = ?'),
    byId: database.prepare('SELECT * FROM schedules WHERE id = ?'),
    insert: database.prepare(
      `INSERT INTO schedules (group_name, name, document, state, token, created_at, modified_at, revision, occurrence, next_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`,
    ),
    update: database.prepare(
      `UPDATE schedules SET document = ?, state = ?, token = ?, modified_at = ?, revision = revision + 1, occurrence = ?, next_at = ?
       WHERE id = ?`,
    ),
    remove: database.prepare('DELETE FROM schedules WHERE id = ?'),
    list: database.prepare(
      `SELECT * FROM schedules WHERE (group_name, name) > (:afterGroup, :afterName) AND group_name <= :lastGroup
         AND name >= :prefix AND name < :prefixEnd AND (:state IS NULL OR state = :state)
       ORDER BY group_name, name LIMIT :limit`,
    ),
    due: database.prepare('SELECT id FROM schedules WHERE next_at <= ? ORDER BY next_at LIMIT ?'),
    nextAt: database.prepare('SELECT min(next_at) AS at FROM schedules WHERE next_at > ?'),
    nextRareAt: database.prepare(
      `SELECT next_at AS at FROM schedules WHERE next_at > ? AND ${RARE} ORDER BY next_at LIMIT 1`,
    ),
    advance: database.prepare('UPDATE schedules SET occurrence = ?, next_at = ?, fired_at = ? WHERE id = ?'),
    count: database.prepare('SELECT count(*) AS n FROM schedules'),
  };
  let count = (sql.count.get() as { n: number }).n;
  return {
    count: () => count,
    recount: () => {
      count = (sql.count.get() as { n: number }).n;
    },
    find(groupName: string, name: string): Schedule | undefined {
      const row = sql.find.get(groupName, name) as Row | undefined;
      return row && scheduleOf(row);
    },
    byId(id: number): Schedule | undefined {
      const row = sql.byId.get(id) as Row | undefined;
      return row && scheduleOf(row);
    },
    insert(document: ScheduleDocument, at: number, next: Firing | undefined, token: string | undefined) {
      const { GroupName, Name, State } = document;
      const json = JSON.stringify(document);
      sql.insert.run(GroupName, Name, json, State, token ?? null, at, at, next?.occurrence ?? null, next?.at ?? null);
      count += 1;
    },
    update(id: number, document: ScheduleDocument, at: number, next: Firing | undefined, token: string | undefined) {
      const json = JSON.stringify(document);
      sql.update.run(json, document.State, token ?? null, at, next?.occurrence ?? null, next?.at ?? null, id);
    },
    remove(id: number) {
      count -= Number(sql.remove.run(id).changes);
    },
    list({ groupName = '', namePrefix = '', state, after = [groupName, ''], limit }: ScheduleQuery): Schedule[] {
      const rows = sql.list.all({
        afterGroup: after[0],
        afterName: after[1],
        lastGroup: groupName || prefixEnd(''),
        prefix: namePrefix,
        prefixEnd: prefixEnd(namePrefix),
        state: state ?? null,
        limit,
      }) as unknown as Row[];
      return rows.map(scheduleOf);
    },
    /** Ids of the schedules that are due by then, earliest first. */
    due: (now: number, limit: number) => (sql.due.all(now, limit) as { id: number }[]).map((row) => row.id),
    /** The next time to fire that is still ahead. */
    nextAt: (now: number) => (sql.nextAt.get(now) as { at: number | null }).at ?? undefined,
    /** The same, without schedules that may fire more often than once an hour. */
    nextRareAt: (now: number) => (sql.nextRareAt.get(now) as { at: number } | undefined)?.at,
    /** Records that an occurrence has fired, and the next one. */
    advance: (id: number, next: Firing | undefined, firedAt: number) =>
      void sql.advance.run(next?.occurrence ?? null, next?.at ?? null, firedAt, id),
  };
};

/** Failed invocations that wait for another attempt. Times are real time. */
const makeRetries = (database: DatabaseSync) => {
  const sql = {
    insert: database.prepare(
      'INSERT INTO retries (schedule_id, occurrence, attempt, first_at, retry_at) VALUES (?, ?, ?, ?, ?)',
    ),
    update: database.prepare('UPDATE retries SET attempt = ?, retry_at = ? WHERE id = ?'),
    remove: database.prepare('DELETE FROM retries WHERE id = ?'),
    due: database.prepare('SELECT * FROM retries WHERE retry_at <= ? ORDER BY retry_at LIMIT ?'),
    nextAt: database.prepare('SELECT min(retry_at) AS at FROM retries WHERE retry_at > ?'),
    of: database.prepare('SELECT 1 FROM retries WHERE schedule_id = ? LIMIT 1'),
  };
  return {
    /** `attempt` is the next one. */
    save({ schedule, occurrence, attempt, firstAt, retryId }: Invocation, retryAt: number) {
      if (retryId === undefined) sql.insert.run(schedule.id, occurrence, attempt + 1, firstAt, retryAt);
      else sql.update.run(attempt + 1, retryAt, retryId);
    },
    remove: (id: number) => void sql.remove.run(id),
    due: (real: number, limit: number) =>
      sql.due.all(real, limit) as unknown as {
        id: number;
        schedule_id: number;
        occurrence: number;
        attempt: number;
        first_at: number;
      }[],
    nextAt: (real: number) => (sql.nextAt.get(real) as { at: number | null }).at ?? undefined,
    any: (scheduleId: number) => sql.of.get(scheduleId) !== undefined,
  };
};

/** All state in one SQLite file. Synchronous: a commit costs less than a hop to another thread. */
export const makeStore = (directory: string) => {
  const database = openDatabase(directory);
  return {
    schedules: makeSchedules(database),
    groups: makeGroupStore(database),
    retries: makeRetries(database),
    transaction(work: () => void) {
      database.exec('BEGIN IMMEDIATE');
      try {
        work();
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
};

export type Store = ReturnType<typeof makeStore>;
