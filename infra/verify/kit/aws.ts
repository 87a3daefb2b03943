/** The stack from its AWS side, through the real SDK, and through its metrics. */
import { ListTablesCommand, paginateScan, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { paginateListSchedules, SchedulerClient } from '@aws-sdk/client-scheduler';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import { request } from './client.ts';
import type { TestStack } from './test-stack.ts';

/** The entries of notifications at EventBridge Scheduler: `<id>-<timer_seq>`, sorted. */
export const scheduleNames = async (stack: TestStack): Promise<string[]> => {
  const client = new SchedulerClient(clientsFor(stack.processes.awsUrl).config);
  const names: string[] = [];
  for await (const page of paginateListSchedules({ client }, { NamePrefix: 'ntf_' })) {
    names.push(...(page.Schedules ?? []).flatMap(({ Name }) => Name ?? []));
  }
  client.destroy();
  return names.sort();
};

/** Every item of the table as it lies there, whatever the service would say of it. */
export const storedItems = async (stack: TestStack): Promise<Record<string, unknown>[]> => {
  const { dynamodb: client } = clientsFor(stack.processes.awsUrl);
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const items: Record<string, unknown>[] = [];
  for (const TableName of TableNames) {
    const input: ScanCommandInput = { TableName };
    for await (const page of paginateScan({ client }, input))
      items.push(...(page.Items ?? []).map((one) => unmarshall(one)));
  }
  client.destroy();
  return items;
};

/** The sum of a metric over the label sets that hold `labels`; 0 before it first was counted. */
export const metric = async (stack: TestStack, name: string, labels = ''): Promise<number> => {
  const { text } = await request(`${stack.processes.apiUrl}/metrics`, 'GET');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.filter((line) => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};
