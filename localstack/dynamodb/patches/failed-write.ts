/**
 * Mends: after a write that failed half-way (a full disk), LevelDB accepts further writes.
 * Why: the next start loses all of them. So the first failure is the last write until then.
 * Relies on: every write of the patched store is a batch().
 */
import type { Callback, Level, Operation } from '../dynalite.ts';

/** @param onBroken is called once, with the first failure */
export const refuseAfterFailedWrite = (db: Level, onBroken: (error: Error) => void): void => {
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
