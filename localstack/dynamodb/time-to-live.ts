import { readStateFile, writeStateFile } from '../storage/state-file.ts';
import { refusal } from './refusal.ts';
import type { Run } from './run.ts';

type Request = Record<string, unknown>;
type Specification = { AttributeName: string; Enabled: boolean };

export interface TimeToLive {
  /** UpdateTimeToLive and DescribeTimeToLive, which dynalite does not store. */
  operations: Record<string, ((request: Request) => Promise<unknown>) | undefined>;
  /** The table was deleted, or is created. */
  forget(table: string): void;
  /** The attribute of each table with a time to live. */
  specifications(): Map<string, string>;
}

const broken = (member: string, rule: string) =>
  refusal(`1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${rule}`);

const parse = (value: unknown): Specification => {
  const member = 'timeToLiveSpecification';
  if (typeof value !== 'object' || value === null) throw broken(member, 'not be null');
  const { AttributeName, Enabled } = value as Partial<Specification>;
  if (typeof AttributeName !== 'string' || !/^.{1,255}$/s.test(AttributeName))
    throw broken(`${member}.attributeName`, 'have length between 1 and 255');
  if (typeof Enabled !== 'boolean') throw broken(`${member}.enabled`, 'be a boolean');
  return { AttributeName, Enabled };
};

/** DynamoDB refuses a change without effect, and one of another attribute. */
const conflictOf = ({ AttributeName, Enabled }: Specification, current: string | undefined): string | undefined => {
  if (current === undefined) return Enabled ? undefined : 'TimeToLive is already disabled';
  if (current !== AttributeName)
    return `TimeToLive is active on a different AttributeName: current AttributeName is ${current}`;
  return Enabled ? 'TimeToLive is already enabled' : undefined;
};

/** The attribute of each table. */
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

  /** Rejects with ResourceNotFoundException. */
  const tableOf = async (request: Request): Promise<string> => {
    await run('DescribeTable', { TableName: request.TableName });
    return String(request.TableName);
  };

  return {
    specifications: () => attributes,
    forget: (table) => {
      if (attributes.delete(table)) save();
    },
    operations: {
      UpdateTimeToLive: async (request) => {
        const table = await tableOf(request);
        const specification = parse(request.TimeToLiveSpecification);
        const conflict = conflictOf(specification, attributes.get(table));
        if (conflict !== undefined) throw refusal(conflict);
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
