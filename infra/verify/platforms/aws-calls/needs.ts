/** What a call that was made needs of IAM, and whether a role allows it. */
import { IAM_ACTIONS } from '../../../serverless/iam-actions.ts';

/** A line of record.mjs. */
export interface AwsCall {
  functionName: string;
  region: string;
  method: string;
  path: string;
  /** `DynamoDB_20120810.PutItem`; services that speak REST have none. */
  target?: string;
  tables?: string[];
  index?: string;
  queueUrl?: string;
  group?: string;
  roleArn?: string;
}
export interface Need {
  action: string;
  /** ARN, or `*` where the action is of no resource of ours. */
  resource: string;
}
export interface Statement {
  Action: string[];
  Resource: string | string[];
}

const OF_SCHEDULES: Record<string, string> = { POST: 'Create', PUT: 'Update', GET: 'Get', DELETE: 'Delete' };

const operationOf = ({ method, path, target }: AwsCall): string => {
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  if (path.startsWith('/schedules/')) return `${OF_SCHEDULES[method]}Schedule`;
  if (path.startsWith('/schedule-groups/')) return `${OF_SCHEDULES[method]}ScheduleGroup`;
  return path.endsWith('/outbound-emails') ? 'SendEmail' : `${method} ${path}`;
};

/** Schedules are as many as notifications: a role, and so a refusal, is of all in a group. */
const scheduleOf = ({ path, group }: AwsCall): string => {
  const { pathname, searchParams } = new URL(path, 'http://scheduler');
  const ofGroup = /^\/schedule-groups\/(.+)$/.exec(pathname)?.[1];
  return ofGroup === undefined ? `schedule/${group ?? searchParams.get('groupName')}/*` : `schedule-group/${ofGroup}`;
};

const resourcesOf = (call: AwsCall, action: string, account: string): string[] => {
  const [service] = action.split(':');
  const arn = (rest: string): string => `arn:aws:${service}:${call.region}:${account}:${rest}`;
  if (action === 'iam:PassRole') return call.roleArn === undefined ? [] : [call.roleArn];
  if (service === 'dynamodb') {
    const index = call.index === undefined ? '' : `/index/${call.index}`;
    return (call.tables ?? []).map((table) => arn(`table/${table}${index}`));
  }
  if (service === 'sqs')
    return call.queueUrl === undefined ? [] : [arn(call.queueUrl.slice(call.queueUrl.lastIndexOf('/') + 1))];
  if (service === 'ses') return [arn('identity/any')];
  return [service === 'scheduler' ? arn(scheduleOf(call)) : '*'];
};

/** Throws for an operation that is not listed, and for a call that names nothing to be allowed. */
export const needsOf = (call: AwsCall, account: string): Need[] => {
  const operation = operationOf(call);
  const actions = IAM_ACTIONS[operation];
  if (!actions) throw new Error(`iam-actions.ts does not say what IAM calls ${operation}, of ${call.functionName}`);
  return actions.flatMap((action) => {
    const resources = resourcesOf(call, action, account);
    if (resources.length === 0) throw new Error(`${call.functionName} calls ${operation} at nothing that has a name`);
    return resources.map((resource) => ({ action, resource }));
  });
};

/** As IAM reads them: `*` and `?`. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(text);

const pairsOf = ({ Action, Resource }: Statement): Need[] =>
  Action.flatMap((action) => [Resource].flat().map((resource) => ({ action, resource })));

const meets = (allowed: Need, need: Need): boolean =>
  matches(allowed.action, need.action) && matches(allowed.resource, need.resource);

/** Conditions aside: a schedule's role is handed to the scheduler by what the call is. */
export const refusedBy = (statements: Statement[], needs: Need[]): Need[] => {
  const allowed = statements.flatMap(pairsOf);
  return needs.filter((need) => !allowed.some((pair) => meets(pair, need)));
};

/** What Lambda does in the function's name, and no code of ours: its log, its queue. */
const byLambda = (action: string, { Action }: Statement): boolean =>
  action.startsWith('logs:') ||
  (Action.includes('sqs:ReceiveMessage') && /^sqs:(Receive|Delete|GetQueue)/.test(action));

/** What the code may do and did not. */
export const unusedOf = (statements: Statement[], needs: Need[]): Need[] =>
  statements
    .flatMap((statement) => pairsOf(statement).filter(({ action }) => !byLambda(action, statement)))
    .filter((pair) => !needs.some((need) => meets(pair, need)));
