/**
 * The topic that alarms notify: an existing one (ALARM_TOPIC_ARN), or one in the stack with one
 * subscriber (ALARM_EMAIL).
 */

type Environment = Record<string, string | undefined>;

export const alarmActions = ({ ALARM_TOPIC_ARN: topic, ALARM_EMAIL: email }: Environment): unknown[] => {
  if (topic) return [topic];
  return email ? [{ Ref: 'AlarmTopic' }] : [];
};

export const environmentProblems = ({ ALARM_TOPIC_ARN: topic, ALARM_EMAIL: email }: Environment): string[] => [
  ...(topic && !/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(topic)
    ? ['ALARM_TOPIC_ARN must be the ARN of an SNS topic']
    : []),
  ...(email && !/^[^\s@]+@[^\s@]+$/.test(email) ? ['ALARM_EMAIL must be an e-mail address'] : []),
];

/**
 * Not encrypted: CloudWatch cannot publish to a topic encrypted with the AWS managed key, and an
 * alarm has no secrets.
 */
export const ALARM_TOPIC = (email: string) => ({
  AlarmTopic: {
    Type: 'AWS::SNS::Topic',
    Properties: { Subscription: [{ Protocol: 'email', Endpoint: email }] },
  },
});
