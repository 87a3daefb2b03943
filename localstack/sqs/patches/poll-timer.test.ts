import { afterEach, describe, expect, it, vi } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import { wakeWhenDue } from './poll-timer.ts';

const kit = useFauxqs();
afterEach(() => vi.useRealTimers());

describe('a queue', () => {
  it('scans everything every 20 ms while a receive waits, without the patch', async () => {
    const queue = kit.makeQueue();
    const scan = vi.spyOn(queue, 'processTimers');
    const waiting = queue.waitForMessages(20);
    await vi.waitFor(() => expect(scan.mock.calls.length).toBeGreaterThan(2));
    kit.send(queue, 'enough');
    await waiting;
  });

  it('scans once for many messages in flight that become visible one after the other', () => {
    const queue = kit.makeQueue();
    wakeWhenDue(queue);
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    for (let n = 0; n < 100; n += 1) {
      kit.send(queue, `${n}`);
      vi.setSystemTime(n);
      queue.dequeue(1, 10);
    }
    const scan = vi.spyOn(queue.inflightMessages, Symbol.iterator);
    for (let ms = 10_000; ms <= 10_200; ms += 1) {
      vi.setSystemTime(ms);
      queue.processTimers();
    }
    expect(queue.messages).toHaveLength(100);
    expect(scan.mock.calls.length).toBeLessThan(12);
  });
});
