import { expect, it } from 'vitest';
import type { Callback, Level, Operation } from '../dynalite.ts';
import { refuseAfterFailedWrite } from './failed-write.ts';

it('refuses every write after one that failed, and reports the first failure once', () => {
  const full = new Error('No space left on device');
  const written: string[] = [];
  const answers = [undefined, full, undefined];
  const batch = (operations: Operation[], callback: Callback): void => {
    const answer = answers.shift();
    if (!answer) written.push(...operations.map(({ key }) => key));
    callback(answer);
  };
  const db: Pick<Level, 'batch'> = { batch };
  const broken: Error[] = [];
  refuseAfterFailedWrite(db as Level, (error) => broken.push(error));
  const put = (key: string): unknown => {
    let outcome: unknown = 'never answered';
    db.batch([{ type: 'put', key, value: 1 }], (error) => {
      outcome = error;
    });
    return outcome;
  };
  expect([put('a'), put('b'), put('c')]).toEqual([undefined, full, full]);
  expect(written).toEqual(['a']);
  expect(broken).toEqual([full]);
});
