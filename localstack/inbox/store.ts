import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/ports.ts';
import { checkDatabase } from '../database-file.ts';

export type InboxChannel = 'email' | 'sms' | 'webhook';

export interface Delivered {
  channel: InboxChannel;
  to: string;
  subject: string | undefined;
  body: string;
  notificationId: string | undefined;
  /** RFC 3339, as the sender gave it. */
  due: string | undefined;
}

/** As `GET /_local/inbox` shows it. */
export interface InboxEntry {
  id: number;
  channel: InboxChannel;
  to: string;
  subject: string | null;
  body: string;
  notification_id: string | null;
  /** RFC 3339, by the virtual clock. */
  received_at: string;
  /** received_at - due; null when the sender did not say what was due. */
  lateness_ms: number | null;
}

export interface InboxQuery {
  limit: number;
  channel?: InboxChannel;
  notificationId?: string;
}

export interface Inbox {
  /** On disk (survives `kill -9`) when it returns. */
  add(delivered: Delivered): void;
  /** Newest first. */
  list(query: InboxQuery): InboxEntry[];
  counts(): Record<InboxChannel, number>;
  /** Changes whenever the content does. */
  revision(): string;
  clear(): void;
  close(): void;
}

const rowsMax = 20_000;
const trimEvery = 500;
const bodyMax = 256 * 1_024;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT, body TEXT NOT NULL,
    notification_id TEXT, received_at REAL NOT NULL, lateness_ms REAL
  );
  CREATE INDEX IF NOT EXISTS inbox_by_notification ON inbox (notification_id);
`;

const columns = 'id, channel, recipient AS "to", subject, body, notification_id, received_at, lateness_ms';
const order = 'ORDER BY id DESC LIMIT ?2';

const latenessOf = (receivedAt: number, due: string | undefined): number | null => {
  const dueAt = due === undefined ? Number.NaN : Date.parse(due);
  return Number.isNaN(dueAt) ? null : receivedAt - dueAt;
};

/** What was delivered, kept in SQLite. An insert costs about 15 us, as load runs share the processor with it. */
export const openInbox = (directory: string, clock: Clock): Inbox => {
  const path = join(directory, 'inbox.db');
  checkDatabase(path, 'only what the inbox shows is lost');
  const db = new DatabaseSync(path);
  db.exec(schema);
  const insert = db.prepare(
    'INSERT INTO inbox (channel, recipient, subject, body, notification_id, received_at, lateness_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const trim = db.prepare('DELETE FROM inbox WHERE id <= ?');
  const select = db.prepare(`SELECT ${columns} FROM inbox WHERE (?1 IS NULL OR channel = ?1) ${order}`);
  const selectNotification = db.prepare(
    `SELECT ${columns} FROM inbox WHERE notification_id = ?3 AND (?1 IS NULL OR channel = ?1) ${order}`,
  );
  const count = db.prepare('SELECT channel, COUNT(*) AS number FROM inbox GROUP BY channel');
  let changes = 0;
  let counts: Record<InboxChannel, number> | undefined;

  const countAll = (): Record<InboxChannel, number> => {
    const rows = count.all().map((row) => [row.channel, row.number]);
    return { email: 0, sms: 0, webhook: 0, ...Object.fromEntries(rows) };
  };

  const shown = (row: Record<string, unknown>): InboxEntry =>
    ({ ...row, received_at: new Date(Number(row.received_at)).toISOString() }) as InboxEntry;

  return {
    add: ({ channel, to, subject, body, notificationId, due }) => {
      const receivedAt = clock.now();
      const lateness = latenessOf(receivedAt, due);
      const text = body.slice(0, bodyMax);
      const { lastInsertRowid } = insert.run(
        channel,
        to,
        subject ?? null,
        text,
        notificationId ?? null,
        receivedAt,
        lateness,
      );
      const id = Number(lastInsertRowid);
      if (counts) counts[channel] += 1;
      if (id % trimEvery === 0 && Number(trim.run(id - rowsMax).changes) > 0) counts = undefined;
      changes += 1;
    },
    list: ({ limit, channel, notificationId }) => {
      const chosen = channel ?? null;
      const rows =
        notificationId === undefined
          ? select.all(chosen, limit)
          : selectNotification.all(chosen, limit, notificationId);
      return rows.map(shown);
    },
    counts: () => {
      counts ??= countAll();
      return { ...counts };
    },
    revision: () => `${process.pid}-${changes}`,
    clear: () => {
      db.exec('DELETE FROM inbox');
      counts = undefined;
      changes += 1;
    },
    close: () => db.close(),
  };
};
