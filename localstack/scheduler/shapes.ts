/** The constraints of the API's model (2021-06-30), which constraints.ts checks. */
export type Shape =
  | { type: 'string'; min?: number; max?: number; pattern?: string; values?: string[] }
  | { type: 'integer'; min?: number; max?: number }
  | { type: 'timestamp' }
  | { type: 'boolean' }
  | { type: 'list'; of: Shape; min?: number; max?: number }
  | { type: 'map'; key: Shape; of: Shape; max?: number }
  | Structure;

export interface Structure {
  type: 'structure';
  members: Record<string, Shape>;
  required: string[];
}

const text = (min: number, max?: number, pattern?: string): Shape => ({
  type: 'string',
  min,
  ...(max === undefined ? {} : { max }),
  ...(pattern === undefined ? {} : { pattern }),
});
const oneOf = (...values: string[]): Shape => ({ type: 'string', values });
const integer = (min: number, max: number): Shape => ({ type: 'integer', min, max });
const list = (of: Shape, max: number, min = 0): Shape => ({ type: 'list', of, min, max });
/** Members whose name ends in `!` are required. */
const structure = (members: Record<string, Shape>): Structure => ({
  type: 'structure',
  required: Object.keys(members)
    .filter((name) => name.endsWith('!'))
    .map((name) => name.slice(0, -1)),
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name.replace('!', ''), shape])),
});

const name = text(1, 64, '^[0-9a-zA-Z-_.]+$');
const clientToken = text(1, 64, '^[a-zA-Z0-9-_]+$');
const state = oneOf('ENABLED', 'DISABLED');
const page = { NamePrefix: name, MaxResults: integer(1, 100), NextToken: text(1, 2048) };
const boolean: Shape = { type: 'boolean' };
const timestamp: Shape = { type: 'timestamp' };
const tag = structure({ 'Key!': text(1, 128), 'Value!': text(1, 256) });
const groupArn = text(1, 1011, '^arn:aws(-[a-z]+)?:scheduler:[a-z0-9\\-]+:\\d{12}:schedule-group\\/[0-9a-zA-Z-_.]+$');

const ecsParameters = structure({
  'TaskDefinitionArn!': text(1, 1600),
  TaskCount: integer(1, 10),
  LaunchType: oneOf('EC2', 'FARGATE', 'EXTERNAL'),
  NetworkConfiguration: structure({
    awsvpcConfiguration: structure({
      'Subnets!': list(text(1, 1000), 16, 1),
      SecurityGroups: list(text(1, 1000), 5, 1),
      AssignPublicIp: oneOf('ENABLED', 'DISABLED'),
    }),
  }),
  PlatformVersion: text(1, 64),
  Group: text(1, 255),
  CapacityProviderStrategy: list(
    structure({ 'capacityProvider!': text(1, 255), weight: integer(0, 1000), base: integer(0, 100_000) }),
    6,
  ),
  EnableECSManagedTags: boolean,
  EnableExecuteCommand: boolean,
  PlacementConstraints: list(structure({ type: oneOf('distinctInstance', 'memberOf'), expression: text(0, 2000) }), 10),
  PlacementStrategy: list(structure({ type: oneOf('random', 'spread', 'binpack'), field: text(0, 255) }), 5),
  PropagateTags: oneOf('TASK_DEFINITION'),
  ReferenceId: text(0, 1024),
  Tags: list({ type: 'map', key: text(1, 128), of: text(1, 256) }, 50),
});

const event = structure({
  'DetailType!': text(1, 128),
  'Source!': text(1, 256, '^(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)$'),
});

const target = structure({
  'Arn!': text(1, 1600),
  'RoleArn!': text(1, 1600, '^arn:aws(-[a-z]+)?:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+$'),
  Input: text(1),
  DeadLetterConfig: structure({
    Arn: text(1, 1600, '^arn:aws(-[a-z]+)?:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+$'),
  }),
  RetryPolicy: structure({
    MaximumEventAgeInSeconds: integer(60, 86_400),
    MaximumRetryAttempts: integer(0, 185),
  }),
  SqsParameters: structure({ MessageGroupId: text(1, 128) }),
  KinesisParameters: structure({ 'PartitionKey!': text(1, 256) }),
  EventBridgeParameters: event,
  EventBridgePutEventsV2Parameters: event,
  EventBridgePutRawEventsParameters: structure({
    Metadata: { type: 'map', key: text(1, 128, '^[^/]+$'), of: text(1), max: 100 },
  }),
  SageMakerPipelineParameters: structure({
    PipelineParameterList: list(
      structure({ 'Name!': text(1, 256, '^[A-Za-z0-9\\-_]*$'), 'Value!': text(1, 1024) }),
      200,
    ),
  }),
  EcsParameters: ecsParameters,
});

const schedule = structure({
  'Name!': name,
  GroupName: name,
  'ScheduleExpression!': text(1, 256),
  ScheduleExpressionTimezone: text(1, 50),
  StartDate: timestamp,
  EndDate: timestamp,
  Description: text(0, 512),
  State: state,
  KmsKeyArn: text(1, 2048, '^arn:aws(-[a-z]+)?:kms:[a-z0-9\\-]+:\\d{12}:(key|alias)\\/[0-9a-zA-Z-_]*$'),
  'Target!': target,
  'FlexibleTimeWindow!': structure({
    'Mode!': oneOf('OFF', 'FLEXIBLE'),
    MaximumWindowInMinutes: integer(1, 1440),
  }),
  ActionAfterCompletion: oneOf('NONE', 'DELETE'),
  ClientToken: clientToken,
});

export const inputs = {
  CreateSchedule: schedule,
  UpdateSchedule: schedule,
  GetSchedule: structure({ 'Name!': name, GroupName: name }),
  DeleteSchedule: structure({ 'Name!': name, GroupName: name, ClientToken: clientToken }),
  ListSchedules: structure({ ...page, GroupName: name, State: state }),
  CreateScheduleGroup: structure({ 'Name!': name, Tags: list(tag, 200), ClientToken: clientToken }),
  GetScheduleGroup: structure({ 'Name!': name }),
  DeleteScheduleGroup: structure({ 'Name!': name, ClientToken: clientToken }),
  ListScheduleGroups: structure(page),
  TagResource: structure({ 'ResourceArn!': groupArn, 'Tags!': list(tag, 200) }),
  UntagResource: structure({ 'ResourceArn!': groupArn, 'TagKeys!': list(text(1, 128), 200) }),
  ListTagsForResource: structure({ 'ResourceArn!': groupArn }),
} as const satisfies Record<string, Structure>;

export type OperationName = keyof typeof inputs;
