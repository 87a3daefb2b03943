import { randomUUID } from 'node:crypto';
import { type Answer, awsError } from './answer.ts';
import { accountId } from './sqs/index.ts';

/** STS in the query protocol: enough for tools that ask who they are before they start. */
export const answerSts = (body: string): Answer => {
  const action = new URLSearchParams(body).get('Action');
  if (action !== 'GetCallerIdentity')
    return awsError(400, 'InvalidAction', `${action} is not part of the embedded STS`);
  const result = `<Arn>arn:aws:iam::${accountId}:root</Arn><UserId>${accountId}</UserId><Account>${accountId}</Account>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body:
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
  };
};
