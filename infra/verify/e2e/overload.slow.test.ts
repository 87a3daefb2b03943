import { expect, test } from 'vitest';
import { useTestStack } from '../kit/vitest.ts';
import { rush, stallConnections } from './overload.ts';

const stack = useTestStack();

test('2,000 connections that stall in 256 KB bodies neither fill the memory nor keep others out', {
  timeout: 120_000,
}, async () => {
  const { grewMb, live, small } = await stallConnections(stack, 2_100);
  expect([live, small]).toEqual([200, 201]);
  // All bodies would be 512 MB; held are 32 MB, 16 KB a connection, and what a collection has not come to.
  expect(grewMb).toBeLessThan(300);
});

test('a rush is answered, accepted or refused with Retry-After, and what was accepted is delivered once', {
  timeout: 120_000,
}, async () => {
  let accepted = 0;
  let refused = 0;
  // A process that is late from the start takes 64 of them, and one that is fast may take all.
  for (let rushes = 0; rushes < 5 && !(accepted > 100 && refused > 0); rushes += 1) {
    const rushed = await rush(stack, 800);
    expect(rushed.broken).toEqual([]);
    accepted += rushed.accepted;
    refused += rushed.refused;
  }
  expect(accepted).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(0);
});
