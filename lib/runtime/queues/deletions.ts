import { log } from '../../telemetry/index.ts';

/** DeleteMessageBatch takes 10; a call costs the same for one as for ten. */
const BATCH = 10;
/** What waiting for company may cost a finished message: nothing, its visibility timeout is minutes away. */
const WAIT_MS = 20;

interface Deletions {
  add(receiptHandles: string[]): void;
  /** Resolves when everything added so far is deleted, or has failed to be. */
  flush(): Promise<void>;
}

/**
 * Deletes finished messages, of many batches together. One that cannot be deleted is logged and
 * comes again: handlers take a repetition as stale.
 */
export const makeDeletions = (deps: { queue: string; delete(handles: string[]): Promise<string[]> }): Deletions => {
  const waiting: string[] = [];
  const inFlight = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  const remove = async (handles: string[]): Promise<void> => {
    try {
      const left = await deps.delete(handles);
      if (left.length > 0) log.warn('messages.not_deleted', { queue: deps.queue, count: left.length });
    } catch (error) {
      log.warn('messages.not_deleted', { queue: deps.queue, count: handles.length, error });
    }
  };
  const send = (): void => {
    const deletion = remove(waiting.splice(0, BATCH)).finally(() => inFlight.delete(deletion));
    inFlight.add(deletion);
  };
  const sendAll = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) send();
  };
  return {
    add: (handles) => {
      waiting.push(...handles);
      while (waiting.length >= BATCH) send();
      if (waiting.length > 0) timer ??= setTimeout(sendAll, WAIT_MS);
    },
    flush: async () => {
      sendAll();
      await Promise.all(inFlight);
    },
  };
};
