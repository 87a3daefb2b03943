import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openClock, openWritableClock } from './clock.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

it('a clock that was never advanced shows wall-clock time', () => {
  openWritableClock(directory.path).close();
  const clock = openClock(directory.path);
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
  expect(clock.offset()).toBe(0);
  expect(clock.jumpedTo()).toBe(0);
  clock.close();
});

it('an advance is visible at once in every open clock, moves business time alone, and is its last jump', () => {
  const writer = openWritableClock(directory.path);
  const reader = openClock(directory.path);
  writer.advance(5_000);
  writer.advance(604_800_000);
  expect(reader.offset()).toBe(604_805_000);
  expect(Math.abs(reader.now() - reader.real() - 604_805_000)).toBeLessThan(50);
  expect(Math.abs(reader.jumpedTo() - reader.now())).toBeLessThan(1_000);
  writer.close();
  reader.close();
});

it('a clock moves to an exact time, and stays if it is later already', () => {
  const clock = openWritableClock(directory.path);
  const time = Date.now() + 90_000;
  clock.advanceTo(time);
  expect(clock.jumpedTo()).toBe(time);
  expect(clock.now()).toBeGreaterThanOrEqual(time);
  const offset = clock.offset();
  clock.advanceTo(time - 1_000);
  expect([clock.offset(), clock.jumpedTo()]).toEqual([offset, time]);
  expect(() => clock.advanceTo(time + 0.5)).toThrow(RangeError);
  clock.close();
});

it('an advance survives a process that is killed right after it', () => {
  const module = new URL('./clock.ts', import.meta.url).href;
  const script = `const { openWritableClock } = await import('${module}');
    openWritableClock(${JSON.stringify(directory.path)}).advance(90_000); process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(signal).toBe('SIGKILL');
  const clock = openClock(directory.path);
  expect(clock.offset()).toBe(90_000);
  clock.close();
});

it('a clock moves neither back nor by fractions', () => {
  const clock = openWritableClock(directory.path);
  for (const byMs of [0, -1, 0.5, Number.NaN]) expect(() => clock.advance(byMs)).toThrow(RangeError);
  clock.close();
});

it('a damaged file is an error with its remedy', () => {
  writeFileSync(join(directory.path, 'clock'), Buffer.from(new Float64Array([1, 2, 4]).buffer));
  expect(() => openClock(directory.path)).toThrow(/clock is damaged.*remove it/);
});
