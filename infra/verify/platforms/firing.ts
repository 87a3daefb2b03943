import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const AHEAD_MS = 3_000;
const WAIT_SECONDS = 15;

/**
 * Our Scheduler (AWS_ENDPOINT_URL_SCHEDULER) fires into the SQS of another (AWS_ENDPOINT_URL), at
 * the second: what is wrong, in a sentence each.
 */
export const firingProblems = async (environment: Record<string, string>): Promise<string[]> => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const common = { region: 'us-east-1', credentials, maxAttempts: 1 };
  const sqs = new SQSClient({ ...common, endpoint: `${environment.AWS_ENDPOINT_URL}`, useQueueUrlAsEndpoint: false });
  const scheduler = new SchedulerClient({ ...common, endpoint: `${environment.AWS_ENDPOINT_URL_SCHEDULER}` });
  try {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'platform-firing' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const due = Math.ceil((Date.now() + AHEAD_MS) / 1_000) * 1_000;
    await scheduler.send(
      new CreateScheduleCommand({
        Name: 'platform-firing',
        ScheduleExpression: `at(${new Date(due).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: Attributes?.QueueArn, RoleArn: 'arn:aws:iam::000000000000:role/any', Input: 'fired' },
      }),
    );
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_SECONDS }));
    const lateMs = Date.now() - due;
    if (Messages[0]?.Body !== 'fired') return ['a schedule did not fire'];
    return lateMs >= 0 ? [] : [`a schedule fired ${-lateMs} ms early`];
  } catch (error) {
    return [`a schedule could not be tried: ${(error as Error).message}`];
  } finally {
    sqs.destroy();
    scheduler.destroy();
  }
};
