import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { loadFauxqs } from './fauxqs.ts';

it('has every part that is used, each in its module', async () => {
  const { makeStore, createMessage, md5, md5OfMessageAttributes } = await loadFauxqs();
  const queue = makeStore().createQueue('work', 'http://local/0/work', 'arn:aws:sqs:us-east-1:0:work');
  for (const list of [queue.messages, queue.delayedMessages, queue.pollWaiters]) expect(list).toEqual([]);
  for (const map of [queue.inflightMessages, queue.fifoMessages, queue.fifoDelayed]) expect(map.size).toBe(0);
  expect(createMessage('x', {}).md5OfBody).toBe(md5('x'));
  expect(md5OfMessageAttributes({})).toBe('');
});

it('loads S3 by its entry point, which is why its modules are loaded one by one', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({
      resolve: (name, context, next) => {
        const found = next(name, context);
        urls.push(found.url);
        return found;
      },
    });
    await import('fauxqs');
    console.log(urls.filter((url) => url.includes('/fauxqs/dist/s3/')).length);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  expect(Number(stdout)).toBeGreaterThan(0);
});
