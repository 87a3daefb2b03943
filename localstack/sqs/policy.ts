import { isRecord } from '../http/is-record.ts';
import type { FauxqsQueue } from './fauxqs.ts';

/**
 * A policy as it is stored or given; undefined when it is no JSON object, which earlier versions
 * took.
 */
export const readPolicy = (policy: string | undefined): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(policy ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** After how many receives, and where to, the queue's messages go. */
export const redriveOf = ({ attributes }: FauxqsQueue): { maxReceiveCount: number; deadLetterTargetArn: string } => {
  const { maxReceiveCount, deadLetterTargetArn = '' } = readPolicy(attributes.RedrivePolicy) ?? {};
  const max = Number(maxReceiveCount ?? Number.POSITIVE_INFINITY);
  return { maxReceiveCount: max, deadLetterTargetArn: String(deadLetterTargetArn) };
};
