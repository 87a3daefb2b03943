import { afterEach, expect, it, vi } from 'vitest';
import { loadFauxqs } from '../fauxqs.ts';
import { makePunctual } from './poll-timer.ts';

afterEach(() => vi.useRealTimers());

it('many messages that become visible one after the other are not each looked for among all in flight', async () => {
  const fauxqs = await loadFauxqs();
  const queue = fauxqs.makeStore().createQueue('work', 'http://local/0/work', 'arn:aws:sqs:us-east-1:0:work');
  makePunctual(queue);
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  for (let n = 0; n < 100; n += 1) {
    queue.enqueue(fauxqs.createMessage(`${n}`, {}));
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
