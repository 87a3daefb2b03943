import { describe, expect, it } from 'vitest';
import { ServiceError, validationFailed } from '../errors.ts';
import { makeTestPorts } from '../testing/ports.ts';
import type { Item } from './read.ts';
import { type BatchSteps, makeBatchRunner, type Outcome } from './run.ts';

type Steps = BatchSteps<string, { id: string }, string>;

const invalid = () => validationFailed([{ pointer: '/name', detail: 'is wrong' }]);
const unavailable = () => new ServiceError('unavailable', 'down', { cause: new Error('the cause') });
const itemOf = (input: string) => (): Item<string> => {
  if (input === 'unreadable') throw invalid();
  return { input };
};

const setUp = (change: Partial<Steps> = {}) => {
  const ports = makeTestPorts();
  const written: string[] = [];
  const handedOff: string[][] = [];
  const steps: Steps = {
    prepare: async ({ input }) => ({ id: input }),
    checkSize: async () => undefined,
    write: async ({ id }) => {
      written.push(id);
      return id;
    },
    handOff: async (results) => void handedOff.push(results),
    ...change,
  };
  const run = makeBatchRunner(ports);
  const runAll = (inputs: string[], { rejectsAll = false, tenant = 'acme' } = {}) =>
    run({ items: inputs.map(itemOf), rejectsAll }, tenant, steps);
  return { ...ports, written, handedOff, runAll };
};

const shown = (outcomes: Outcome<string>[]) =>
  outcomes.map((one) =>
    'error' in one ? [one.error.code, one.error.errors?.map(({ pointer }) => pointer)] : one.result,
  );
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `item${n}`);

describe('a batch', () => {
  it('answers each item in its place, and hands off what was written at once', async () => {
    const { runAll, handedOff } = setUp();
    expect(shown(await runAll(['a', 'unreadable', 'b']))).toEqual(['a', ['validation-failed', ['/items/1/name']], 'b']);
    expect(handedOff).toEqual([['a', 'b']]);
  });

  it('that is to be whole writes nothing when one is invalid, and names all of them', async () => {
    const checkSize = async ({ id }: { id: string }) => {
      if (id === 'large') throw new ServiceError('payload-too-large', 'It is too large.');
    };
    const { runAll, written, handedOff } = setUp({ checkSize });
    const errors = [
      { pointer: '/items/1/name', detail: 'is wrong' },
      { pointer: '/items/2', detail: 'It is too large.' },
    ];
    const refused = runAll(['a', 'unreadable', 'large', 'b'], { rejectsAll: true });
    await expect(refused).rejects.toMatchObject({ code: 'validation-failed', errors });
    expect([written, handedOff]).toEqual([[], []]);
  });

  it('that is to be whole is written in spite of an outage, or of a key that was used', async () => {
    const prepare: Steps['prepare'] = async ({ input }) => {
      if (input === 'down') throw unavailable();
      if (input !== 'used') return { id: input };
      throw new ServiceError('idempotency-key-reused', 'used', {
        errors: [{ pointer: '/header/idempotency-key', detail: 'used' }],
      });
    };
    const { runAll, written } = setUp({ prepare });
    expect(shown(await runAll(['a', 'down', 'used', 'b'], { rejectsAll: true }))).toEqual([
      'a',
      ['unavailable', undefined],
      ['idempotency-key-reused', ['/items/2/idempotency_key']],
      'b',
    ]);
    expect(written).toEqual(['a', 'b']);
  });

  it('goes on where one item fails, whatever it throws, and logs how many and why', async () => {
    const write: Steps['write'] = async ({ id }) => {
      if (id === 'down') throw unavailable();
      if (id === 'bug') throw new TypeError('a bug');
      return id;
    };
    const { runAll, handedOff, logged } = setUp({ write });
    expect(shown(await runAll(['a', 'down', 'bug', 'b']))).toEqual([
      'a',
      ['unavailable', undefined],
      ['internal', undefined],
      'b',
    ]);
    expect(handedOff).toEqual([['a', 'b']]);
    const fields = { items: 2, code: 'unavailable', error: new Error('the cause') };
    expect(logged).toEqual([{ level: 'error', message: 'batch.items_failed', fields }]);
  });

  it('names at most 20 errors of one item, and says that there are more', async () => {
    const errors = Array.from({ length: 30 }, (_, n) => ({ pointer: `/m${n}`, detail: 'is not known' }));
    const prepare = () => Promise.reject(validationFailed(errors));
    const [outcome] = await setUp({ prepare }).runAll(['a']);
    const error = outcome && 'error' in outcome ? outcome.error : undefined;
    expect(error?.errors).toHaveLength(20);
    expect(error?.detail).toMatch(/and 10 more$/);
  });
});

describe('the items of batches', () => {
  /** Writes that end when the test says so. */
  const held = () => {
    const waiting: (() => void)[] = [];
    const write = ({ id }: { id: string }) => new Promise<string>((resolve) => void waiting.push(() => resolve(id)));
    /** Resolves once so many wait, and a while later for those that should not. */
    const untilWaiting = async (count: number) => {
      while (waiting.length < count) await new Promise(setImmediate);
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    };
    const finish = async (work: Promise<unknown>) => {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      while (!isDone) {
        for (const end of waiting.splice(0)) end();
        await new Promise(setImmediate);
      }
      return done;
    };
    return { waiting, write, untilWaiting, finish };
  };

  it('are written 8 at once for one tenant, 16 in all, and one of another tenant comes soon', async () => {
    const { waiting, write, untilWaiting, finish } = held();
    const { runAll } = setUp({ write });
    const first = [1, 2, 3].map(() => runAll(numbered(100), { tenant: 'a' }));
    await untilWaiting(8);
    expect(waiting).toHaveLength(8);
    const second = runAll(numbered(100), { tenant: 'b' });
    const third = runAll(['one'], { tenant: 'c' });
    await untilWaiting(16);
    expect(waiting).toHaveLength(16);
    for (const end of waiting.splice(0, 3)) end();
    await finish(third);
    await finish(Promise.all([...first, second]));
  });

  it('with the same id are written one after another, in their order', async () => {
    const order: string[] = [];
    let running = 0;
    const write: Steps['write'] = async ({ id }) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      running -= 1;
      order.push(id);
      return String(order.length);
    };
    const { runAll } = setUp({ write });
    expect(shown(await runAll(['same', 'same', 'same']))).toEqual(['1', '2', '3']);
  });

  it('that have not begun after 8 s are refused, and those that have stand', async () => {
    const ports = makeTestPorts();
    const begun: string[] = [];
    const steps: Steps = {
      prepare: async ({ input }) => ({ id: input }),
      checkSize: async () => undefined,
      write: async ({ id }) => {
        begun.push(id);
        ports.clock.pass(1_000);
        return id;
      },
      handOff: async () => undefined,
    };
    const items = numbered(100).map(itemOf);
    const outcomes = await makeBatchRunner(ports)({ items, rejectsAll: false }, 'acme', steps);
    expect(begun).toHaveLength(9);
    const late = outcomes.filter((one) => 'error' in one);
    expect(late).toHaveLength(91);
    expect(late[0]).toMatchObject({ error: { code: 'unavailable' } });
  });

  it('that waited for 2 s after they were judged are judged again before they are written', async () => {
    const ports = makeTestPorts();
    const steps: BatchSteps<string, { id: string; at: number }, number> = {
      prepare: async ({ input }) => ({ id: input, at: ports.clock.now() }),
      checkSize: async () => undefined,
      write: async ({ at }) => {
        ports.clock.pass(700);
        return ports.clock.now() - at;
      },
      handOff: async () => undefined,
    };
    const items = numbered(11).map(itemOf);
    const outcomes = await makeBatchRunner(ports)({ items, rejectsAll: false }, 'acme', steps);
    const ages = outcomes.map((one) => ('result' in one ? one.result : 0));
    expect(ages).toHaveLength(11);
    expect(Math.max(...ages)).toBeLessThanOrEqual(2_000 + 8 * 700);
    expect(ages.at(-1)).toBeLessThan(11 * 700);
  });

  it('leave turns of the event loop to others', async () => {
    const busy = (): void => {
      for (const until = performance.now() + 2; performance.now() < until; );
    };
    const prepare: Steps['prepare'] = async ({ input }) => {
      busy();
      return { id: input };
    };
    const { runAll } = setUp({ prepare });
    let turns = 0;
    let isOver = false;
    const other = async () => {
      for (; !isOver; turns += 1) await new Promise(setImmediate);
    };
    const others = other();
    await runAll(numbered(50));
    isOver = true;
    await others;
    expect(turns).toBeGreaterThan(10);
  });
});
