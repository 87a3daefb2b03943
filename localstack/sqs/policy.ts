import { isRecord } from '../http/is-record.ts';
import type { FauxqsQueue } from './fauxqs.ts';

/** A policy; undefined when it is not a JSON object, which earlier versions accepted. */
export const readPolicy = (policy: string | undefined): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(policy ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The redrive policy of the queue. */
export const redriveOf = ({ attributes }: FauxqsQueue): { maxReceiveCount: number; deadLetterTargetArn: string } => {
  const { maxReceiveCount, deadLetterTargetArn = '' } = readPolicy(attributes.RedrivePolicy) ?? {};
  const max = Number(maxReceiveCount ?? Number.POSITIVE_INFINITY);
  return { maxReceiveCount: max, deadLetterTargetArn: String(deadLetterTargetArn) };
};
