import { describe, expect, it } from 'vitest';
import { podProblems, podResources } from './pods.ts';

const provider = 'arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC';
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC';
const queue = { 'Fn::GetAtt': ['DeliveryQueue', 'Arn'] };
const table = { 'Fn::GetAtt': ['Table', 'Arn'] };
const functions = {
  create: { needs: ['write', 'send'], events: [] },
  deliver: { needs: ['write'], events: [{ sqs: { arn: queue } }] },
};
const permissions = {
  write: [{ Action: 'dynamodb:PutItem', Resource: table }],
  send: [{ Action: 'sqs:SendMessage', Resource: queue }],
};
const trust = (env: Record<string, string>) =>
  podResources(functions, permissions, env).PodRole.Properties.AssumeRolePolicyDocument.Statement;

describe('the policy of pods', () => {
  it('allows what any function needs and receiving from its queue, each resource once', () => {
    expect(podResources(functions, permissions, {}).PodPolicy.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
          'sqs:SendMessage',
        ],
        Resource: queue,
      },
      { Effect: 'Allow', Action: ['dynamodb:PutItem'], Resource: table },
    ]);
  });

  it('refuses a need that permissions.yml does not have', () => {
    expect(() => podResources({ x: { needs: ['fly'], events: [] } }, permissions, {})).toThrow(
      /functions\.x\.needs: "fly"/,
    );
  });
});

describe('the role of pods', () => {
  it('trusts EKS Pod Identity if there is no OIDC provider', () => {
    expect(trust({})).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ]);
  });

  it.each([
    { env: {}, subject: 'system:serviceaccount:event-system:event-system' },
    { env: { POD_SERVICE_ACCOUNT: 'team:notify' }, subject: 'system:serviceaccount:team:notify' },
  ])('trusts $subject of that provider alone', ({ env, subject }) => {
    expect(trust({ OIDC_PROVIDER_ARN: provider, ...env })).toEqual([
      {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
      },
    ]);
  });

  it('is refused, before anything is deployed, if its variables are malformed', () => {
    expect(podProblems({ OIDC_PROVIDER_ARN: provider, POD_SERVICE_ACCOUNT: 'team:notify' })).toEqual([]);
    expect(podProblems({ OIDC_PROVIDER_ARN: issuer, POD_SERVICE_ACCOUNT: 'notify' })).toEqual([
      "OIDC_PROVIDER_ARN must be the ARN of the cluster's OIDC provider",
      'POD_SERVICE_ACCOUNT must be <namespace>:<name>',
    ]);
  });
});
