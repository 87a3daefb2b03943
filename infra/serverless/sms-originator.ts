/**
 * The originator that the service may send SMS from: its role allows no other number, pool or
 * sender id of the account.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_pinpoint-sms-voice-v2.html
 */
import type { Permissions } from './permissions.ts';

type Environment = Record<string, string | undefined>;

const ofAccount = (resource: string): object => ({
  'Fn::Sub': `arn:\${AWS::Partition}:sms-voice:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
});

/**
 * @param identity SMS_ORIGINATION_IDENTITY: an ARN, the id of a pool or a number, a number, or a
 * sender id. Without one AWS chooses.
 */
export const originatorResource = (identity: string | undefined): unknown => {
  if (!identity) return '*';
  if (identity.startsWith('arn:')) return identity;
  if (identity.startsWith('pool-')) return ofAccount(`pool/${identity}`);
  if (identity.startsWith('phone-')) return ofAccount(`phone-number/${identity}`);
  // An ARN has the id of a number, which the number itself does not tell.
  if (/^\+?\d+$/.test(identity)) return ofAccount('phone-number/*');
  return ofAccount(`sender-id/${identity}/*`);
};

export const withOriginator = (permissions: Permissions, env: Environment): Permissions => {
  const Resource = originatorResource(env.SMS_ORIGINATION_IDENTITY);
  return { ...permissions, sms: (permissions.sms ?? []).map((statement) => ({ ...statement, Resource })) };
};
