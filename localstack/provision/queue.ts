import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Made } from './intrinsics.ts';

export type QueueProperties = { QueueName: string; Tags?: unknown } & Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** CloudFormation's properties are the API's attributes, which are strings. */
const attributesOf = ({ QueueName: _name, Tags: _tags, ...rest }: QueueProperties): Record<string, string> =>
  Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, text(value)]));

const find = async (client: SQSClient, name: string): Promise<string | undefined> => {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
};

/** Policies are compared as JSON, in any order of their keys. */
const same = (a: string | undefined, b: string): boolean => {
  if (a === b) return true;
  if (!(a?.startsWith('{') && b.startsWith('{'))) return false;
  const sorted = (json: string) =>
    JSON.stringify(
      Object.entries(JSON.parse(json))
        .map(([k, v]) => [k, String(v)])
        .sort(),
    );
  return sorted(a) === sorted(b);
};

const create = async (client: SQSClient, name: string, attributes: Record<string, string>): Promise<string> => {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  if (!QueueUrl) throw new Error(`Creating the queue ${name} answered no URL`);
  return QueueUrl;
};

/** Creates the queue, or updates the attributes that differ. */
export const provisionQueue = async (client: SQSClient, properties: QueueProperties): Promise<Made> => {
  const name = properties.QueueName;
  const declared = attributesOf(properties);
  const url = (await find(client, name)) ?? (await create(client, name, declared));
  const request = { QueueUrl: url, AttributeNames: ['All' as QueueAttributeName] };
  const { Attributes: actual = {} } = await client.send(new GetQueueAttributesCommand(request));
  const different = Object.entries(declared).filter(
    ([key, value]) => !same((actual as Record<string, string>)[key], value),
  );
  if (different.length > 0)
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: Object.fromEntries(different) }));
  return { ref: url, attributes: { Arn: actual.QueueArn ?? '', QueueName: name, QueueUrl: url } };
};
