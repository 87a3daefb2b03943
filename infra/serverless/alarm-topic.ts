/** Whom the alarms tell: a topic that there is already (ALARM_TOPIC_ARN), or one of the stack's own with one subscriber (ALARM_EMAIL). */

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

/** Not encrypted with the account's own SNS key, for CloudWatch may not use that one: what an alarm says is no secret. */
export const ALARM_TOPIC = (email: string) => ({
  AlarmTopic: {
    Type: 'AWS::SNS::Topic',
    Properties: { Subscription: [{ Protocol: 'email', Endpoint: email }] },
  },
});
