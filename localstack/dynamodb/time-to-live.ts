import { readStateFile, writeStateFile } from '../state-file.ts';
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

/** Table -> attribute. */
const areAttributes = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((attribute) => typeof attribute === 'string');

const LOSS = 'nothing is lost, as a start sets again what serverless.yml declares';

/** TTL specifications of tables, in one small file. */
export const makeTimeToLive = (path: string, run: Run): TimeToLive => {
  const attributes = new Map(Object.entries(readStateFile(path, areAttributes, LOSS) ?? {}));
  const save = (): void => writeStateFile(path, JSON.stringify(Object.fromEntries(attributes)));

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
