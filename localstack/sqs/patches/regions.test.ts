import { describe, expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import { useOneRegion } from './regions.ts';

const kit = useFauxqs();
const urls = [
  'https://sqs.eu-west-1.amazonaws.com/000000000000/work',
  'http://127.0.0.1:4566/000000000000/work/',
] as const;
const arn = (region: string) => `arn:aws:sqs:${region}:000000000000:work`;
const makeStore = (port?: number) => {
  const store = kit.fauxqs.makeStore();
  if (port !== undefined) useOneRegion(store, 'us-east-1', port);
  store.createQueue('work', 'http://127.0.0.1:1/000000000000/work', arn('us-east-1'));
  return store;
};

describe('a queue', () => {
  it('is not found by another URL or region without the patch', () => {
    const store = makeStore();
    expect([store.getQueueByArn(arn('eu-west-1')), store.getQueue(urls[0])]).toEqual([undefined, undefined]);
  });

  it('is found by its name in any URL, and by the ARN of any region', () => {
    const store = makeStore(2);
    const found = [store.getQueueByArn(arn('eu-west-1')), ...urls.map((url) => store.getQueue(url))];
    expect(found.map((queue) => queue?.url)).toEqual(Array(3).fill('http://127.0.0.1:2/000000000000/work'));
  });
});
