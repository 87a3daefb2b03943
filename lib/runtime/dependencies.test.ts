import { describe, expect, test } from 'vitest';
import { type Dependency, finalProblem, untilUsable } from './dependencies.ts';

const failure = (name: string): Error => Object.assign(new Error('said AWS'), { name });
const never = failure('TimeoutError');

const dependency = (answers: (Error | undefined)[], more: Partial<Dependency> = {}): Dependency => ({
  kind: 'queue',
  name: 'deliveries',
  variable: 'DELIVERY_QUEUE_URL',
  action: 'sqs:GetQueueAttributes',
  probe: async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer) throw answer;
  },
  ...more,
});

/** Without pauses; what is logged is kept. */
const watching = () => {
  const said: string[] = [];
  const pauses: number[] = [];
  const note = (message: string): void => void said.push(message);
  return {
    said,
    pauses,
    log: { info: note, warn: note },
    fraction: () => 1,
    pause: async (ms: number) => {
      if (pauses.push(ms) > 20) throw new Error('waits on and on');
    },
  };
};

describe('no later try would help, so the start ends', () => {
  test.each([
    ['ResourceNotFoundException', 'does not exist in'],
    ['QueueDoesNotExist', 'does not exist in'],
    ['AWS.SimpleQueueService.NonExistentQueue', 'does not exist in'],
    ['AccessDeniedException', 'allow sqs:GetQueueAttributes on it to the role of this process'],
    ['AccessDenied', 'allow sqs:GetQueueAttributes on it to the role of this process'],
    ['UnrecognizedClientException', 'AWS does not know our credentials'],
    ['InvalidSignatureException', 'AWS does not know our credentials'],
    ['ValidationException', 'said AWS'],
    ['NewerTableFormat', 'is of a newer release. said AWS.'],
  ])('%s', (name, says) => {
    const problem = finalProblem(dependency([]), failure(name));
    expect(problem).toContain('The queue deliveries (DELIVERY_QUEUE_URL)');
    expect(problem).toContain(says);
  });
});

test.each([
  'TimeoutError',
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'InternalServerError',
  'ServiceUnavailable',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'ECONNREFUSED',
])('%s is waited for', (name) => {
  expect(finalProblem(dependency([]), failure(name))).toBeUndefined();
});

test('looks once at each and is done when all answer', async () => {
  const { said, pauses, ...watch } = watching();
  await untilUsable([dependency([undefined]), dependency([undefined])], watch);
  expect({ said, pauses }).toEqual({ said: [], pauses: [] });
});

test('what does not answer is waited for, ever longer up to 5 s, and said once when it goes and once when it comes', async () => {
  const { said, pauses, ...watch } = watching();
  await untilUsable([dependency([never, never, never, never, never, never, undefined])], watch);
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(said).toEqual(['dependency.unavailable', 'dependency.available']);
});

test('all that cannot be used is said at once, with exit code 1', async () => {
  const { log, pause } = watching();
  const missing = dependency([failure('ResourceNotFoundException')], {
    kind: 'table',
    name: 'ours',
    variable: 'TABLE_NAME',
  });
  const refused = dependency([failure('AccessDenied')]);
  await expect(untilUsable([missing, refused, dependency([never])], { log, pause })).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/table ours \(TABLE_NAME\)[\s\S]*queue deliveries \(DELIVERY_QUEUE_URL\)/),
  });
});

test('what is found missing after an outage ends the start too', async () => {
  const { log, pause } = watching();
  const late = dependency([never, failure('QueueDoesNotExist')]);
  await expect(untilUsable([late], { log, pause })).rejects.toMatchObject({ exitCode: 1 });
});
