import { settled } from './checkpoints.ts';
import type { World } from './world.ts';

const due = (world: World): number[] => {
  const { now, real } = world.clock;
  const messages = Object.values(world.queues).flat();
  return [
    ...messages.map(({ availableAt, visibleAt }) => Math.max(availableAt - now(), visibleAt - real())),
    ...[...world.entries.values()].map(({ at }) => at - now()),
    ...world.memory.all().flatMap(({ nextCheckAt }) => (nextCheckAt === undefined ? [] : [nextCheckAt - now()])),
  ];
};

/**
 * The world without further faults: everything ready happens, then time goes on to the next thing,
 * until nothing is left.
 */
export const calm = async (world: World): Promise<void> => {
  world.nextAnswer.of = () => ({ outcome: 'sent' });
  world.nextEntry.of = world.receiverLimits.pass;
  for (let round = 0; round < 5_000; round += 1) {
    await settled();
    const checkpoint = world.checkpoints.waiting.find((each) => !each.isSleep) ?? world.checkpoints.waiting[0];
    if (checkpoint) {
      checkpoint.open('pass');
      continue;
    }
    for (const [name, { at }] of world.entries) if (at <= world.clock.now()) world.fire(name);
    for (const queue of ['delivery', 'schedule'] as const)
      for (const message of world.ready(queue)) world.receive(queue, message);
    for (const message of world.ready('dead')) world.receiveDead(message);
    // What has just begun comes to its first checkpoint before any time goes by.
    await settled();
    if (world.checkpoints.waiting.length > 0) continue;
    if (world.memory.all().some(({ nextCheckAt }) => nextCheckAt !== undefined && nextCheckAt <= world.clock.now())) {
      world.reconcile();
      continue;
    }
    const next = due(world);
    if (next.length === 0) return world.recorder.throwBroken();
    world.clock.pass(Math.max(1, Math.min(...next)));
  }
  throw new Error('the world does not come to rest');
};
