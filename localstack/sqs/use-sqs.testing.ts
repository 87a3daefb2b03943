import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { startSqs } from './sqs.testing.ts';

type Kit = Awaited<ReturnType<typeof startSqs>>;

/** A local SQS for the tests of a file. Each test begins at real time. */
export const useSqs = (): Kit => {
  const kit = {} as Kit;
  let opened: Kit | undefined;
  beforeAll(async () => {
    opened = await startSqs();
    // By descriptor: the client is a getter, because `restart` replaces it.
    Object.defineProperties(kit, Object.getOwnPropertyDescriptors(opened));
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => opened?.close());
  return kit;
};

/** The wall clock moves on by `ms`; timers stay real. */
export const later = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
};
