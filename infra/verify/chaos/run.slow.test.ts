import { DeleteItemCommand, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import { emptyAccount } from '../kit/account.ts';
import { until } from '../kit/until.ts';
import { isBroken, runScenarios } from './run.ts';
import type { Measure, Scenario } from './scenario.ts';
import type { ChaosStack } from './stack.ts';
import { tableOf } from './table.ts';

const measure: Measure = { perSecond: 5, faultMs: 500, downMs: 500, deadlineMs: 12_000 };
const runWith = async (scenario: Partial<Scenario>): Promise<{ code: number; printed: string }> => {
  const printed: string[] = [];
  const whole: Scenario = { name: 'tried', isShort: true, play: async () => {}, met: () => 1, ...scenario };
  const print = (text: string) => void printed.push(text);
  const code = await runScenarios([whole], { measure, lanes: 1, budgetMs: 60_000, print });
  return { code, printed: printed.join('\n') };
};

/** Takes one that was accepted, and is due in a while, from the store behind the service's back. */
const steal = async ({ awsUrl }: ChaosStack): Promise<string> => {
  const { dynamodb: client } = clientsFor(awsUrl);
  const { TableNames: [TableName] = [] } = await client.send(new ListTablesCommand({}));
  const find = async (): Promise<string | undefined> => {
    for await (const { Items = [] } of paginateScan({ client }, { TableName }))
      for (const { id, entity_key } of Items) if (entity_key?.S?.endsWith('-3')) return id?.S;
    return undefined;
  };
  const id = await until('one is there to be stolen', find);
  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
  client.destroy();
  return id;
};

test('on the real processes, a notification taken from the store is a loss by name, and the run ends with 1', async () => {
  let stolen = 'nothing';
  const { code, printed } = await runWith({
    play: async (stack) => {
      stolen = await steal(stack);
    },
  });
  expect(code).toBe(1);
  expect(printed).toContain(`${stolen}: accepted, and is gone`);
}, 90_000);

test('a scenario that cannot be played, or whose stack does not open, is broken', async () => {
  const open = () => Promise.reject(new Error('no space'));
  const { code, printed } = await runWith({ open });
  expect(code).toBe(1);
  expect(printed).toContain('no space');
});

test('no scenario at all, or one left out for lack of time, is no success', async () => {
  const options = { measure, lanes: 1, print: () => {} };
  expect(await runScenarios([], { ...options, budgetMs: 1_000 })).toBe(1);
  const scenario: Scenario = { name: 'late', isShort: true, play: async () => {}, met: () => 1 };
  expect(await runScenarios([scenario], { ...options, budgetMs: -1 })).toBe(1);
});

test('what is lost, or promised and not kept, is broken and stands in the table', () => {
  const kept = {
    name: 'kept',
    account: { ...emptyAccount(), accepted: 3, sent: 3 },
    recovery: { realMs: 1_500, movedMs: 120_000 },
  };
  const lost = { name: 'lost', account: { ...emptyAccount(), accepted: 2, sent: 1, lost: 1 }, recovery: undefined };
  expect([isBroken(kept), isBroken(lost)]).toEqual([false, true]);
  for (const promise of ['canceledAndReceived', 'tooLateAndOpen'] as const)
    expect(isBroken({ ...kept, account: { ...kept.account, [promise]: 1 } })).toBe(true);
  expect(tableOf([kept, lost]).split('\n').slice(2)).toEqual([
    '| kept | 3 | 0 | 3 | 0 | 0, 0 | 0, 0 | 0 | none | 1.5 s + 2 min |',
    '| lost | 2 | 0 | 1 | 0 | 0, 0 | 0, 0 | 1 | none | never |',
    '| all | 5 | 0 | 4 | 0 | 0, 0 | 0, 0 | 1 | 0 |  |',
  ]);
});
