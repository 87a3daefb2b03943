import * as sdk from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { KIND, type Schema, schemaOf } from '../../testing/sdk-schema.ts';
import { actions, type Constraints, type Members } from '../dynalite.ts';

const membersOf = (operation: string): string[] => Object.keys(actions.get(operation)?.validation.types ?? {});

const ADDED: [operation: string, members: string[]][] = [
  ['CreateTable', ['DeletionProtectionEnabled', 'OnDemandThroughput', 'SSESpecification', 'TableClass', 'Tags']],
  ['UpdateTable', ['AttributeDefinitions', 'DeletionProtectionEnabled', 'OnDemandThroughput', 'TableClass']],
  ['Scan', ['ConsistentRead']],
  ['PutItem', ['ReturnValuesOnConditionCheckFailure']],
  ['UpdateItem', ['ReturnValuesOnConditionCheckFailure']],
  ['DeleteItem', ['ReturnValuesOnConditionCheckFailure']],
];

describe('the model of requests', () => {
  const ofDynalite = new Map(ADDED.map(([operation]) => [operation, membersOf(operation)]));
  beforeAll(() => import('./request-model.ts'));

  it.each(ADDED)('has members of %s that dynalite lacks: %j', (operation, members) => {
    expect(membersOf(operation)).toEqual(expect.arrayContaining(members));
    for (const member of members) expect(ofDynalite.get(operation)).not.toContain(member);
  });

  const missing = (schema: Schema, constraints: string | Constraints | undefined, path: string): string[] => {
    if (constraints === undefined) return [path];
    if (!Array.isArray(schema) || typeof constraints === 'string') return [];
    const [kind, , , , first, second] = schema;
    const { children, type } = constraints;
    if (kind === KIND.list) return missing(schemaOf(first), children as Constraints, path);
    if (kind === KIND.map) return missing(schemaOf(second), children as Constraints, path);
    if (kind !== KIND.structure || typeof children !== 'object') return [];
    const members = (type ? children : constraints) as Members;
    return (first as string[]).flatMap((name, index) =>
      missing(schemaOf((second as unknown[])[index]), members[name], `${path}.${name}`),
    );
  };

  it('supports every member that the SDK has, but these', () => {
    const refused = [...actions].flatMap(([operation, { validation }]) => {
      const schema = (sdk as Record<string, unknown>)[`${operation}Input$`] as Schema;
      return missing(schema, { type: 'FieldStruct<Input>', children: validation.types }, operation);
    });
    expect(refused).toEqual([
      'CreateTable.ResourcePolicy',
      'CreateTable.GlobalTableSourceArn',
      'CreateTable.GlobalTableSettingsReplicationMode',
      'CreateTable.VectorIndexes',
      'ListTagsOfResource.NextToken',
      'UpdateTable.GlobalSecondaryIndexUpdates.Update.OnDemandThroughput',
      'UpdateTable.GlobalSecondaryIndexUpdates.Update.WarmThroughput',
      'UpdateTable.ReplicaUpdates',
      'UpdateTable.MultiRegionConsistency',
      'UpdateTable.GlobalTableWitnessUpdates',
      'UpdateTable.GlobalTableSettingsReplicationMode',
      'UpdateTable.DisassociationProtectionEnabled',
      'UpdateTable.VectorIndexUpdates',
    ]);
  });
});
