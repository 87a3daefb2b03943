import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkDatabase } from '../storage/database-file.ts';

/**
 * Opens or creates `scheduler.sqlite`. By WAL with synchronous NORMAL a commit survives the death
 * of the process without an fsync, so that thousands of schedules a second can be created.
 */
export const openDatabase = (directory: string): DatabaseSync => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'scheduler.sqlite');
  checkDatabase(path, 'its schedules are lost');
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS schedule_groups (
      name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, token TEXT, tags TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS schedules (
      -- AUTOINCREMENT: an id is never used again, so an invocation in flight cannot change a later schedule
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      group_name TEXT NOT NULL REFERENCES schedule_groups (name) ON DELETE CASCADE,
      name TEXT NOT NULL, document TEXT NOT NULL, state TEXT NOT NULL, token TEXT,
      created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, revision INTEGER NOT NULL,
      occurrence INTEGER, next_at INTEGER, fired_at INTEGER,
      UNIQUE (group_name, name)
    );
    CREATE INDEX IF NOT EXISTS schedules_by_next ON schedules (next_at) WHERE next_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS retries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      schedule_id INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
      occurrence INTEGER NOT NULL, attempt INTEGER NOT NULL, first_at INTEGER NOT NULL, retry_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS retries_by_time ON retries (retry_at);
    CREATE INDEX IF NOT EXISTS retries_by_schedule ON retries (schedule_id);
  `);
  return database;
};
