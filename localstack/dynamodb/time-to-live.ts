import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DynaliteError } from './dynalite.ts';
import type { Run } from './index.ts';

type Request = Record<string, unknown>;
type Specification = { AttributeName: string; Enabled: boolean };

export interface TimeToLive {
  /** UpdateTimeToLive and DescribeTimeToLive, which dynalite does not keep. */
  operations: Record<string, ((request: Request) => Promise<unknown>) | undefined>;
  /** Enabled ones: table -> attribute. */
  specifications(): Map<string, string>;
}

const refusal = (message: string): DynaliteError =>
  Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: 'com.amazon.coral.validate#ValidationException', message },
  });

const parse = (value: unknown): Specification => {
  const { AttributeName, Enabled } = (value ?? {}) as Partial<Specification>;
  if (typeof AttributeName !== 'string' || !/^.{1,255}$/s.test(AttributeName))
    throw refusal('TimeToLiveSpecification.AttributeName must have a length between 1 and 255');
  if (typeof Enabled !== 'boolean') throw refusal('TimeToLiveSpecification.Enabled must be a boolean');
  return { AttributeName, Enabled };
};

/** TTL specifications of tables, in one small file. */
export const makeTimeToLive = (path: string, run: Run): TimeToLive => {
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
  const attributes = new Map(Object.entries(stored));

  const save = (): void => {
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(attributes)));
    renameSync(`${path}.new`, path);
  };

  /** Fails as DynamoDB does when there is no such table. */
  const tableOf = async (request: Request): Promise<string> => {
    await run('DescribeTable', { TableName: request.TableName });
    return String(request.TableName);
  };

  return {
    specifications: () => attributes,
    operations: {
      UpdateTimeToLive: async (request) => {
        const table = await tableOf(request);
        const specification = parse(request.TimeToLiveSpecification);
        if (specification.Enabled && attributes.has(table)) throw refusal('TimeToLive is already enabled');
        if (!specification.Enabled && !attributes.has(table)) throw refusal('TimeToLive is already disabled');
        if (specification.Enabled) attributes.set(table, specification.AttributeName);
        else attributes.delete(table);
        save();
        return { TimeToLiveSpecification: specification };
      },
      DescribeTimeToLive: async (request) => {
        const AttributeName = attributes.get(await tableOf(request));
        const description = AttributeName
          ? { TimeToLiveStatus: 'ENABLED', AttributeName }
          : { TimeToLiveStatus: 'DISABLED' };
        return { TimeToLiveDescription: description };
      },
    },
  };
};
