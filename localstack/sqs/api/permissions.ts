import { isRecord } from '../../http/is-record.ts';
import { invalidParameter, invalidValue, missingParameter } from '../errors.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import { readPolicy } from '../policy.ts';
import { type Operation, queueOf } from './context.ts';
import { requiredTextOf, type SqsRequest, textsOf } from './request.ts';

interface Policy {
  Version: string;
  Id: string;
  Statement: { Sid?: unknown }[];
}

const policyOf = ({ attributes, arn }: FauxqsQueue): Policy => {
  const empty: Policy = { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  const { Statement = [], ...rest } = readPolicy(attributes.Policy) ?? {};
  // A single statement may be without a list.
  return { ...empty, ...rest, Statement: [Statement].flat().filter(isRecord) };
};

const requiredTextsOf = (request: SqsRequest, name: string): string[] => {
  const texts = textsOf(request, name) ?? [];
  if (texts.length === 0) throw missingParameter(name);
  return texts;
};

const oneOrAll = (texts: string[]): string | string[] => (texts.length === 1 ? (texts[0] ?? '') : texts);

export const addPermission: Operation = (context, request) => {
  const queue = queueOf(context, request);
  const label = requiredTextOf(request, 'Label');
  if (!/^[\w-]{1,80}$/.test(label)) throw invalidParameter(`The label ${label} must be 1 to 80 of A-Z a-z 0-9 _ -.`);
  const accounts = requiredTextsOf(request, 'AWSAccountIds').map((id) => `arn:aws:iam::${id}:root`);
  const actions = requiredTextsOf(request, 'Actions').map((action) => `SQS:${action}`);
  const policy = policyOf(queue);
  if (policy.Statement.some(({ Sid }) => Sid === label)) throw invalidValue('Label', label, 'Already exists.');
  const Principal = { AWS: oneOrAll(accounts) };
  const added = { Sid: label, Effect: 'Allow', Principal, Action: oneOrAll(actions), Resource: queue.arn };
  queue.setAttributes({ Policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, added] }) });
  return {};
};

export const removePermission: Operation = (context, request) => {
  const queue = queueOf(context, request);
  const label = requiredTextOf(request, 'Label');
  const policy = policyOf(queue);
  const Statement = policy.Statement.filter(({ Sid }) => Sid !== label);
  if (Statement.length === policy.Statement.length) throw invalidValue('Label', label, "can't find label.");
  if (Statement.length > 0) queue.setAttributes({ Policy: JSON.stringify({ ...policy, Statement }) });
  else {
    delete queue.attributes.Policy;
    queue.setAttributes({});
  }
  return {};
};
