import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/platform/clock.ts';
import { checkDatabase } from '../storage/database-file.ts';

export type InboxChannel = 'email' | 'sms' | 'webhook';

export type Header = [name: string, value: string];

export interface Delivered {
  channel: InboxChannel;
  to: string;
  subject: string | undefined;
  /** The text of an e-mail, or its HTML if it has no text. */
  body: string;
  html?: string | undefined;
  /** Of a webhook or an e-mail, in their order. */
  headers?: Header[];
  notificationId: string | undefined;
  /** RFC 3339, from the sender. */
  due: string | undefined;
}

/** As `GET /_local/inbox` shows it. */
export interface InboxEntry {
  id: number;
  channel: InboxChannel;
  to: string;
  subject: string | null;
  body: string;
  html: string | null;
  headers: Header[] | null;
  notification_id: string | null;
  /** RFC 3339, by the virtual clock. */
  received_at: string;
  /** received_at - due; null without a due time. */
  lateness_ms: number | null;
  /** How many earlier entries this notification has on this channel. */
  earlier: number;
}

interface InboxFilter {
  channel?: InboxChannel;
  notificationId?: string;
  /** Part of a subject, recipient, body or notification id; ASCII letters in either case. */
  search?: string;
}

interface InboxQuery extends InboxFilter {
  limit: number;
}

export interface Inbox {
  /** On disk (survives `kill -9`) when it returns. */
  add(delivered: Delivered): void;
  /** Newest first. */
  list(query: InboxQuery): InboxEntry[];
  /** The HTML of an entry. */
  html(id: number): string | undefined;
  counts(filter?: Pick<InboxFilter, 'search'>): Record<InboxChannel, number>;
  /** Changes whenever the content does. */
  revision(): string;
  clear(): void;
  close(): void;
}

const ROWS_MAX = 20_000;
const TRIM_EVERY = 500;
const BODY_MAX = 256 * 1_024;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT, body TEXT NOT NULL,
    notification_id TEXT, received_at REAL NOT NULL, lateness_ms REAL, html TEXT, headers TEXT
  );
  CREATE INDEX IF NOT EXISTS inbox_by_notification ON inbox (notification_id);
`;

/** Columns that an earlier release did not have. */
const addedColumns = ['html', 'headers'];
const columns = `id, channel, recipient AS "to", subject, body, html, headers, notification_id, received_at, lateness_ms,
  (SELECT COUNT(*) FROM inbox AS other WHERE other.notification_id = inbox.notification_id
     AND other.channel = inbox.channel AND other.id < inbox.id) AS earlier`;
const searched = ['subject', 'recipient', 'body', 'notification_id'];

const addColumns = (db: DatabaseSync): void => {
  const present = db
    .prepare('PRAGMA table_info(inbox)')
    .all()
    .map(({ name }) => name);
  for (const name of addedColumns) if (!present.includes(name)) db.exec(`ALTER TABLE inbox ADD COLUMN ${name} TEXT`);
};

/** The filter as SQL with the values of its parameters. */
const where = ({ channel, notificationId, search }: InboxFilter): { sql: string; values: Record<string, string> } => {
  const contains = searched.map((column) => `${column} LIKE :search ESCAPE '\\'`).join(' OR ');
  const conditions = [
    channel !== undefined && 'channel = :channel',
    notificationId !== undefined && 'notification_id = :notification',
    search !== undefined && `(${contains})`,
  ].filter((condition) => condition !== false);
  return {
    sql: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '',
    values: {
      ...(channel !== undefined && { channel }),
      ...(notificationId !== undefined && { notification: notificationId }),
      ...(search !== undefined && { search: `%${search.replace(/[\\%_]/g, '\\$&')}%` }),
    },
  };
};

const latenessOf = (receivedAt: number, due: string | undefined): number | null => {
  const dueAt = due === undefined ? Number.NaN : Date.parse(due);
  return Number.isNaN(dueAt) ? null : receivedAt - dueAt;
};

/** Stores what was delivered in SQLite. An insert costs about 15 us. */
export const openInbox = (directory: string, clock: Clock): Inbox => {
  const path = join(directory, 'inbox.db');
  checkDatabase(path, 'only what the inbox shows is lost');
  const db = new DatabaseSync(path);
  db.exec(schema);
  addColumns(db);
  const insert = db.prepare(
    `INSERT INTO inbox (channel, recipient, subject, body, html, headers, notification_id, received_at, lateness_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const trim = db.prepare('DELETE FROM inbox WHERE id <= ?');
  const htmlOf = db.prepare('SELECT html FROM inbox WHERE id = ?');
  let changes = 0;
  let counts: Record<InboxChannel, number> | undefined;

  const count = (filter: InboxFilter): Record<InboxChannel, number> => {
    const { sql, values } = where(filter);
    const counted = db.prepare(`SELECT channel, COUNT(*) AS number FROM inbox ${sql} GROUP BY channel`);
    const rows = counted.all(values).map((row) => [row.channel, row.number]);
    return { email: 0, sms: 0, webhook: 0, ...Object.fromEntries(rows) };
  };

  const shown = (row: Record<string, unknown>): InboxEntry =>
    ({
      ...row,
      headers: row.headers === null ? null : JSON.parse(String(row.headers)),
      received_at: new Date(Number(row.received_at)).toISOString(),
    }) as InboxEntry;

  return {
    add: ({ channel, to, subject, body, html, headers, notificationId, due }) => {
      const receivedAt = clock.now();
      const lateness = latenessOf(receivedAt, due);
      const text = body.slice(0, BODY_MAX);
      const { lastInsertRowid } = insert.run(
        channel,
        to,
        subject ?? null,
        text,
        html?.slice(0, BODY_MAX) ?? null,
        headers ? JSON.stringify(headers) : null,
        notificationId ?? null,
        receivedAt,
        lateness,
      );
      const id = Number(lastInsertRowid);
      if (counts) counts[channel] += 1;
      if (id % TRIM_EVERY === 0 && Number(trim.run(id - ROWS_MAX).changes) > 0) counts = undefined;
      changes += 1;
    },
    list: ({ limit, ...filter }) => {
      const { sql, values } = where(filter);
      const select = db.prepare(`SELECT ${columns} FROM inbox ${sql} ORDER BY id DESC LIMIT :limit`);
      return select.all({ ...values, limit }).map(shown);
    },
    html: (id) => (htmlOf.get(id)?.html as string | null | undefined) ?? undefined,
    counts: ({ search } = {}) => {
      if (search !== undefined) return count({ search });
      counts ??= count({});
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
