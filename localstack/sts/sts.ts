import { accountId } from '../http/account.ts';
import type { Answer } from '../http/answer.ts';
import { queryAnswer, queryError } from '../http/xml.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** STS in the query protocol: GetCallerIdentity, which tools call before they start. */
export const answerSts = (body: string): Answer => {
  const action = new URLSearchParams(body).get('Action');
  if (action !== 'GetCallerIdentity')
    return queryError(400, 'InvalidAction', `${action} is not part of the local STS; GetCallerIdentity is`);
  const identity = `<Arn>arn:aws:iam::${accountId}:root</Arn><UserId>${accountId}</UserId><Account>${accountId}</Account>`;
  return queryAnswer(NAMESPACE, action, identity);
};
