import type { Callback, Level, Operation } from '../dynalite.ts';

/**
 * After a write that broke off (the disk is full) LevelDB goes on behind a log that no longer fits its own blocks: it takes what comes,
 * and all of it is gone at the next start. So the first failure is the last write: everything after it is refused until the database
 * is opened anew, which reads the log up to the break and begins another one.
 */
export const keepIntact = (db: Level, onBroken: (error: Error) => void): void => {
  const batch = db.batch.bind(db);
  let broken: Error | undefined;
  db.batch = (operations: Operation[], callback: Callback): void => {
    if (broken) return void callback(broken);
    batch(operations, (error) => {
      if (error && !broken) {
        broken = error;
        onBroken(error);
      }
      callback(error);
    });
  };
};
