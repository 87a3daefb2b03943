import type { Table } from './dynalite.ts';
import { settingNames } from './patches/request-model.ts';
import { refusal } from './refusal.ts';

type Throughput = Record<string, unknown>;

/** As in the request; the model has checked their form. */
interface Settings {
  DeletionProtectionEnabled?: boolean;
  TableClass?: string;
  SSESpecification?: { Enabled?: boolean; SSEType?: string; KMSMasterKeyId?: string };
  StreamSpecification?: { StreamEnabled: boolean };
  OnDemandThroughput?: Throughput;
  WarmThroughput?: Throughput;
}

const kmsArn = ({ TableArn }: Table, id = 'alias/aws/dynamodb'): string => {
  if (id.startsWith('arn:')) return id;
  const [, , , region, account] = TableArn.split(':');
  return `arn:aws:kms:${region}:${account}:${id.startsWith('alias/') ? id : `key/${id}`}`;
};

const encryptionOf = (
  table: Table,
  { Enabled, SSEType, KMSMasterKeyId }: NonNullable<Settings['SSESpecification']>,
) => {
  if (SSEType === 'AES256') throw refusal('SSESpecification.SSEType AES256 is not supported, only KMS is');
  if (Enabled) return { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: kmsArn(table, KMSMasterKeyId) };
  if (SSEType !== undefined || KMSMasterKeyId !== undefined)
    throw refusal('SSESpecification.SSEType and KMSMasterKeyId need SSESpecification.Enabled to be true');
  return undefined;
};

const refuseStream = ({ StreamSpecification }: Settings): void => {
  if (StreamSpecification?.StreamEnabled)
    throw refusal('StreamSpecification is not supported: the embedded DynamoDB has no streams');
};

export const warm = (throughput: Throughput) => ({ ...throughput, Status: 'ACTIVE' });

/**
 * Removes the settings, which dynalite does not know, from a request.
 * @returns what writes them into the description of a table, as DescribeTable answers them
 * @throws ValidationException
 */
export const takeSettings = (request: Record<string, unknown>): ((table: Table) => void) | undefined => {
  const given = settingNames.filter((name) => request[name] !== undefined);
  if (given.length === 0) return undefined;
  const settings: Settings = Object.fromEntries(given.map((name) => [name, request[name]]));
  for (const name of given) delete request[name];
  refuseStream(settings);
  const { DeletionProtectionEnabled, TableClass, SSESpecification, OnDemandThroughput, WarmThroughput } = settings;
  return (table) => {
    if (SSESpecification) {
      const description = encryptionOf(table, SSESpecification);
      if (description) table.SSEDescription = description;
      else delete table.SSEDescription;
    }
    if (DeletionProtectionEnabled !== undefined) table.DeletionProtectionEnabled = DeletionProtectionEnabled;
    if (TableClass) table.TableClassSummary = { TableClass, LastUpdateDateTime: Date.now() / 1_000 };
    if (OnDemandThroughput) table.OnDemandThroughput = { ...table.OnDemandThroughput, ...OnDemandThroughput };
    if (WarmThroughput) table.WarmThroughput = warm({ ...table.WarmThroughput, ...WarmThroughput });
  };
};
