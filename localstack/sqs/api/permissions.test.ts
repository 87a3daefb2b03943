import { AddPermissionCommand, RemovePermissionCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import { useSqs } from '../use-sqs.testing.ts';

const kit = useSqs();
let QueueUrl: string;
beforeAll(async () => {
  QueueUrl = await kit.queue();
});

const policy = async (): Promise<unknown> => JSON.parse((await kit.attributes(QueueUrl, ['Policy'])).Policy ?? 'null');
const request = { AWSAccountIds: ['123456789012'], Actions: ['ReceiveMessage'] };
const add = (Label: string, given: { AWSAccountIds: string[]; Actions: string[] } = request) =>
  kit.sqs.send(new AddPermissionCommand({ QueueUrl, Label, ...given }));
const remove = (Label: string) => kit.sqs.send(new RemovePermissionCommand({ QueueUrl, Label }));

it('is a statement of the policy of its queue, by its label, until it is removed', async () => {
  await add('one');
  await add('two', { AWSAccountIds: ['123456789012', '210987654321'], Actions: ['SendMessage', 'ReceiveMessage'] });
  const Resource = kit.arn(QueueUrl);
  expect(await policy()).toMatchObject({
    Id: `${Resource}/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: 'one',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::123456789012:root' },
        Action: 'SQS:ReceiveMessage',
        Resource,
      },
      { Sid: 'two', Action: ['SQS:SendMessage', 'SQS:ReceiveMessage'] },
    ],
  });
  await expect(add('one')).rejects.toThrow('Value one for parameter Label is invalid. Reason: Already exists.');
  await remove('one');
  expect(await policy()).toMatchObject({ Statement: [{ Sid: 'two' }] });
  await remove('two');
  expect(await policy()).toBeNull();
  await expect(remove('two')).rejects.toThrow("Reason: can't find label.");
});

it('joins the only statement of a policy, which need not be in a list', async () => {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: { Sid: 'own', Effect: 'Allow' } });
  await kit.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await add('one');
  expect(await policy()).toMatchObject({ Version: '2012-10-17', Statement: [{ Sid: 'own' }, { Sid: 'one' }] });
});

it('is refused without accounts or actions', async () => {
  for (const name of ['AWSAccountIds', 'Actions'])
    expect(await kit.refusal('AddPermission', { QueueUrl, Label: 'a', ...request, [name]: [] })).toBe(
      `MissingParameter;Sender The request must contain the parameter ${name}.`,
    );
});
