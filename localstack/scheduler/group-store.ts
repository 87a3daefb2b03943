import type { DatabaseSync } from 'node:sqlite';
import type { Group } from './types.ts';

interface Row {
  name: string;
  created_at: number;
  modified_at: number;
  token: string | null;
  tags: string;
}

const groupOf = (row: Row): Group => ({
  name: row.name,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  token: row.token ?? undefined,
  tags: JSON.parse(row.tags) as Record<string, string>,
});

export const makeGroupStore = (database: DatabaseSync) => {
  const sql = {
    find: database.prepare('SELECT * FROM schedule_groups WHERE name = ?'),
    insert: database.prepare(
      'INSERT OR IGNORE INTO schedule_groups (name, created_at, modified_at, token, tags) VALUES (?, ?, ?, ?, ?)',
    ),
    tag: database.prepare('UPDATE schedule_groups SET tags = ?, modified_at = ? WHERE name = ?'),
    remove: database.prepare('DELETE FROM schedule_groups WHERE name = ?'),
    list: database.prepare(
      'SELECT * FROM schedule_groups WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?',
    ),
    count: database.prepare('SELECT count(*) AS n FROM schedule_groups'),
  };
  return {
    count: () => (sql.count.get() as { n: number }).n,
    find(name: string): Group | undefined {
      const row = sql.find.get(name) as Row | undefined;
      return row && groupOf(row);
    },
    /** Without effect if the group exists. */
    insert(name: string, at: number, token: string | undefined, tags: Record<string, string>) {
      sql.insert.run(name, at, at, token ?? null, JSON.stringify(tags));
    },
    setTags: (name: string, tags: Record<string, string>, at: number) =>
      void sql.tag.run(JSON.stringify(tags), at, name),
    /** Deletes its schedules and their retries too. */
    remove: (name: string) => void sql.remove.run(name),
    list: (query: { namePrefix: string; prefixEnd: string; after: string; limit: number }): Group[] =>
      (sql.list.all(query.after, query.namePrefix, query.prefixEnd, query.limit) as unknown as Row[]).map(groupOf),
  };
};
