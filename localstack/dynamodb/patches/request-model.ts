/**
 * Mends: dynalite's model of the API (2012-08-10) lacks tags and table settings.
 * Why: by the model dynalite checks them as its other members, with the same errors.
 * Relies on: `types` and `custom` of dynalite/validations/*, which are read at each request.
 */
import { actions, type Members } from '../dynalite.ts';

const text = (min: number, max: number) => ({
  type: 'String',
  notNull: true,
  lengthGreaterThanOrEqual: min,
  lengthLessThanOrEqual: max,
});
const oneOf = (...values: string[]) => ({ type: 'String', enum: values });
const structure = (name: string, children: Members) => ({ type: `FieldStruct<${name}>`, children });

const tags = {
  type: 'List',
  children: { type: 'ValueStruct<Tag>', children: { Key: text(1, 128), Value: text(0, 256) } },
};

const throughput = {
  OnDemandThroughput: structure('OnDemandThroughput', { MaxReadRequestUnits: 'Long', MaxWriteRequestUnits: 'Long' }),
  WarmThroughput: structure('WarmThroughput', { ReadUnitsPerSecond: 'Long', WriteUnitsPerSecond: 'Long' }),
};

/** In CreateTable and UpdateTable. */
const settings: Members = {
  ...throughput,
  DeletionProtectionEnabled: 'Boolean',
  TableClass: oneOf('STANDARD', 'STANDARD_INFREQUENT_ACCESS'),
  SSESpecification: structure('SSESpecification', {
    Enabled: 'Boolean',
    SSEType: oneOf('AES256', 'KMS'),
    KMSMasterKeyId: 'String',
  }),
  StreamSpecification: structure('StreamSpecification', {
    StreamEnabled: { type: 'Boolean', notNull: true },
    StreamViewType: oneOf('NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'),
  }),
};

export const settingNames = Object.keys(settings);

const validationOf = (operation: string) => {
  const action = actions.get(operation);
  if (!action) throw new Error(`dynalite has no ${operation}: a version other than 4 is installed`);
  return action.validation;
};

type Node = { children: Record<string, Node> & Node } & Record<string, unknown>;

/** dynalite wants a change that it knows: a setting is one as well. */
const relaxUpdateTable = (): void => {
  const validation = validationOf('UpdateTable');
  const { custom } = validation;
  validation.custom = (data, store) => {
    const message = custom?.(data, store);
    const hasSetting = settingNames.some((name) => data[name] !== undefined);
    return hasSetting && message?.startsWith('At least one of') ? undefined : message;
  };
};

const extend = (): void => {
  const create = validationOf('CreateTable').types as unknown as Record<string, Node>;
  const update = validationOf('UpdateTable').types as unknown as Record<string, Node>;
  Object.assign(create, settings, { Tags: tags });
  const { notNull: _, ...AttributeDefinitions } = create.AttributeDefinitions as Node;
  Object.assign(update, settings, { AttributeDefinitions });
  Object.assign(validationOf('TagResource').types, { Tags: tags });

  Object.assign(create.GlobalSecondaryIndexes?.children.children as Node, throughput);
  const added = update.GlobalSecondaryIndexUpdates?.children.children.Create?.children as Record<string, Node>;
  Object.assign(added, throughput);
  // An index of a PAY_PER_REQUEST table has none.
  delete added.ProvisionedThroughput?.notNull;

  // The action knows it, the model does not.
  Object.assign(validationOf('Scan').types, { ConsistentRead: 'Boolean' });
  for (const operation of ['PutItem', 'UpdateItem', 'DeleteItem'])
    Object.assign(validationOf(operation).types, { ReturnValuesOnConditionCheckFailure: oneOf('ALL_OLD', 'NONE') });
  relaxUpdateTable();
};
extend();
