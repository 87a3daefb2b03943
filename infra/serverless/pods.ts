/**
 * IAM for a container, in Kubernetes or elsewhere, that uses this stage's table and queues: one policy that
 * allows what all functions need and receiving from every queue, and a role for the pods.
 */
import type { Permissions } from './permissions.ts';
import { merged, statementsOf } from './roles.ts';

type Environment = Record<string, string | undefined>;
interface Declared {
  needs?: string[];
  events: { sqs?: { arn: unknown } }[];
}

const PROVIDER = /^arn:[\w-]+:iam::\d{12}:oidc-provider\/(.+)$/;
const ACCOUNT = /^[a-z0-9-]+:[a-z0-9.-]+$/;
const SERVICE_ACCOUNT = 'event-system:event-system';

export const podProblems = ({ OIDC_PROVIDER_ARN: provider, POD_SERVICE_ACCOUNT: account }: Environment): string[] => [
  ...(provider && !PROVIDER.test(provider) ? ["OIDC_PROVIDER_ARN must be the ARN of the cluster's OIDC provider"] : []),
  ...(account && !ACCOUNT.test(account) ? ['POD_SERVICE_ACCOUNT must be <namespace>:<name>'] : []),
];

/** IRSA if there is an OIDC provider, else EKS Pod Identity. */
const trustOf = ({ OIDC_PROVIDER_ARN: provider, POD_SERVICE_ACCOUNT: account }: Environment) => {
  const [, issuer] = PROVIDER.exec(provider ?? '') ?? [];
  if (!issuer) {
    return { Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  }
  const subject = `system:serviceaccount:${account || SERVICE_ACCOUNT}`;
  return {
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
  };
};

const receiving = (functions: Declared[]): Permissions[string] =>
  functions
    .flatMap(({ events }) => events.flatMap(({ sqs }) => (sqs ? [sqs.arn] : [])))
    .map((Resource) => ({
      Action: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      Resource,
    }));

export const podResources = (functions: Record<string, Declared>, permissions: Permissions, env: Environment) => {
  const needed = Object.entries(functions).flatMap(([name, { needs = [] }]) => statementsOf(name, needs, permissions));
  const PolicyDocument = {
    Version: '2012-10-17',
    Statement: merged([...receiving(Object.values(functions)), ...needed]),
  };
  return {
    PodPolicy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument } },
    PodRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...trustOf(env) }] },
        ManagedPolicyArns: [{ Ref: 'PodPolicy' }],
      },
    },
  };
};
