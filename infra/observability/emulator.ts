/** What stands in for CloudWatch: its own API, in MiniStack. */

import type { Datum } from './emf.ts';
import { ACCOUNT, REGION, STACK } from './emulated-account.ts';

const QUEUES = ['delivery', 'schedule', 'events', 'reconcile', 'replay', 'dead-letters'];
const FUNCTIONS = ['notificationsDeliver', 'eventsPublish'];
/** An empty zip. */
const NO_CODE = 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==';

const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=local`;

const send = async (url: string, service: string, contentType: string, body: string): Promise<void> => {
  const headers = { authorization: authorization(service), 'content-type': contentType };
  const answer = await fetch(url, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${service}: ${answer.status} ${await answer.text()}`);
};

/** PutMetricData, as CloudWatch itself does with what comes by the log. */
export const putMetrics = async (endpoint: string, data: Datum[], at: number): Promise<void> => {
  for (const { namespace, name, unit, dimensions, values } of data) {
    const form = new URLSearchParams({ Action: 'PutMetricData', Version: '2010-08-01', Namespace: namespace });
    const member = 'MetricData.member.1';
    form.set(`${member}.MetricName`, name);
    form.set(`${member}.Unit`, unit);
    form.set(`${member}.Timestamp`, new Date(at).toISOString());
    for (const [index, [dimension, value]] of Object.entries(dimensions).entries()) {
      form.set(`${member}.Dimensions.member.${index + 1}.Name`, dimension);
      form.set(`${member}.Dimensions.member.${index + 1}.Value`, value);
    }
    for (const [index, value] of values.entries()) form.set(`${member}.Values.member.${index + 1}`, String(value));
    await send(endpoint, 'monitoring', 'application/x-www-form-urlencoded', form.toString());
  }
};

/** What AWS says of its own parts, by the names that serverless.yml gives them. */
export const ownMetrics = (): Datum[] => {
  const queues = QUEUES.flatMap((queue, index) => {
    const dimensions = { QueueName: `${STACK}-${queue}` };
    const of = (name: string, unit: string, value: number): Datum => ({
      ...{ namespace: 'AWS/SQS', name, unit, dimensions, values: [value] },
    });
    return [
      of('ApproximateNumberOfMessagesVisible', 'Count', 10 + index),
      of('ApproximateAgeOfOldestMessage', 'Seconds', 20 + index),
    ];
  });
  const functions = FUNCTIONS.flatMap((name) => {
    const dimensions = { FunctionName: `${STACK}-${name}` };
    const of = (metric: string, unit: string, ...values: number[]): Datum => ({
      ...{ namespace: 'AWS/Lambda', name: metric, unit, dimensions, values },
    });
    return [
      of('Invocations', 'Count', 600),
      of('Errors', 'Count', 3),
      of('Throttles', 'Count', 3),
      of('Duration', 'Milliseconds', 40, 50, 60),
      of('ConcurrentExecutions', 'Count', 4),
    ];
  });
  return [...queues, ...functions];
};

/** The functions as a deployment leaves them: with the tag by which the exporter finds them. */
export const makeFunctions = async (endpoint: string): Promise<void> => {
  for (const name of FUNCTIONS) {
    const declared = {
      FunctionName: `${STACK}-${name}`,
      Runtime: 'nodejs22.x',
      Role: `arn:aws:iam::${ACCOUNT}:role/none`,
      Handler: 'none.handler',
      Code: { ZipFile: NO_CODE },
      Tags: { 'aws:cloudformation:stack-name': STACK },
    };
    await send(`${endpoint}/2015-03-31/functions`, 'lambda', 'application/json', JSON.stringify(declared));
  }
};
