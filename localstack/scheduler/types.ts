import type { BatchEntry } from '../sqs/message.ts';

/** The nouns: documents as they travel on the wire (dates are epoch seconds, possibly fractional), records as they are stored (epoch ms). */
export interface Target {
  Arn: string;
  RoleArn: string;
  Input?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  SqsParameters?: { MessageGroupId?: string };
}

export interface ScheduleDocument {
  Name: string;
  GroupName: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone: string;
  State: 'ENABLED' | 'DISABLED';
  ActionAfterCompletion: 'NONE' | 'DELETE';
  FlexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  Target: Target & { RetryPolicy: { MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number } };
  Description?: string;
  KmsKeyArn?: string;
  StartDate?: number;
  EndDate?: number;
}

/** `occurrence` is the nominal time, `at` when to act on it: the same, or a point within the flexible window. Epoch ms of business time. */
export interface Firing {
  occurrence: number;
  at: number;
}

export interface Schedule {
  id: number;
  document: ScheduleDocument;
  createdAt: number;
  modifiedAt: number;
  /** Moves with every update, so that what was in flight meanwhile does not overwrite it. */
  revision: number;
  next: Firing | undefined;
  /** The nominal time of the last invocation: an update does not repeat it. */
  firedAt: number | undefined;
  token: string | undefined;
}

/** One invocation: its first attempt, or one from the retry table (`retryId`). `firstAt` is real time: retries do not follow the virtual clock. */
export interface Invocation {
  schedule: Schedule;
  occurrence: number;
  attempt: number;
  firstAt: number;
  retryId?: number;
}

export interface Group {
  name: string;
  createdAt: number;
  modifiedAt: number;
  token: string | undefined;
  tags: Record<string, string>;
}

/**
 * Sends at most 10 entries (at most 256 KB in all) to one queue. Must settle. Rejecting fails every entry; both kinds of
 * failure are retried by the schedule's policy.
 */
export type SendBatch = (
  queueArn: string,
  entries: BatchEntry[],
) => Promise<{ failed: { id: string; message: string; code?: string }[] }>;
