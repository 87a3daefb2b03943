import { validation } from './errors.ts';
import { readSendMessage } from './send-message.ts';

/** `arn:aws:scheduler:::aws-sdk:<service>:<action>`. Only sqs:sendMessage is invoked here. */
const UNIVERSAL_TARGET = /^arn:aws(-[a-z]+)*:scheduler:::aws-sdk:[A-Za-z0-9]+:([A-Za-z0-9]+)$/;
export const SEND_MESSAGE = /:aws-sdk:sqs:sendMessage$/;
export const QUEUE_ARN = /^arn:aws(-[a-z]+)*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+(\.fifo)?$/;
const ARN = /^arn:aws(-[a-z]+)*:([a-z0-9-]+):[a-z0-9-]*:(\d{12})?:.+$/;
const EVENT_BUS = /^arn:aws(-[a-z]+)*:events:[a-z0-9-]+:\d{12}:event-bus(v2)?\/.+$/;

/** User Guide, "Using templated targets in EventBridge Scheduler". */
const TEMPLATED_SERVICES = new Set(
  'codebuild codepipeline ecs events firehose inspector kinesis lambda sagemaker sns sqs states'.split(' '),
);

/** User Guide, "Using universal targets": actions that only read are refused. */
const READ_ONLY =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized|invokeModel)/;

const checkUniversal = (arn: string, action: string, input: string | undefined): void => {
  if (READ_ONLY.test(action)) throw validation(`${action} API is not supported`);
  if (input === undefined) throw validation('You must provide an input to set this target for your schedule');
  try {
    if (SEND_MESSAGE.test(arn)) readSendMessage(input);
    else JSON.parse(input);
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'the Input of a universal target must be valid JSON.' : String(error);
    throw validation(`Invalid RequestJson provided. Reason: ${reason.replace(/^Error: /, '')}`);
  }
};

const checkTemplated = (arn: string): void => {
  const service = ARN.exec(arn)?.[2];
  if (service !== undefined && !TEMPLATED_SERVICES.has(service))
    throw validation(`${service} is not a supported service for a target.`);
  const isWrong = (service === 'sqs' && !QUEUE_ARN.test(arn)) || (service === 'events' && !EVENT_BUS.test(arn));
  if (service === undefined || isWrong) throw validation('Provided Arn is not in correct format.');
};

/**
 * Checks the ARN alone: like AWS, not whether the queue or function exists.
 * @throws ValidationException
 */
export const checkTarget = ({ Arn, Input }: { Arn: string; Input?: string }): void => {
  const action = UNIVERSAL_TARGET.exec(Arn)?.[2];
  if (action === undefined) checkTemplated(Arn);
  else checkUniversal(Arn, action, Input);
};
