/**
 * The indexes of the table, out of serverless.yml, for the ledger. Throws on one that holds more
 * than keys.
 */
import { loadServerless } from '../../../lib/runtime/serverless/serverless-yaml.ts';
import type { Indexes } from './usage.ts';

interface GlobalSecondaryIndex {
  IndexName: string;
  KeySchema: { AttributeName: string }[];
  Projection: { ProjectionType: string };
}

const { resources } = await loadServerless({ stage: 'bench' });

export const tableIndexes = (): Indexes => {
  const { Table } = resources.Resources;
  const indexes = (Table?.Properties?.GlobalSecondaryIndexes ?? []) as GlobalSecondaryIndex[];
  for (const { IndexName, Projection } of indexes)
    if (Projection.ProjectionType !== 'KEYS_ONLY')
      throw new Error(`${IndexName} is not KEYS_ONLY: the ledger cannot price it`);
  return Object.fromEntries(
    indexes.map(({ IndexName, KeySchema }) => [IndexName, KeySchema.map((key) => key.AttributeName)]),
  );
};
