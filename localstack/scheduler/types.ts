import type { BatchEntry } from '../sqs/message.ts';

/** In the form of the API, where dates are epoch seconds with a fraction. */
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

/** `occurrence` is the nominal time, `at` a point in its window. Epoch ms of business time. */
export interface Firing {
  occurrence: number;
  at: number;
}

export interface Schedule {
  id: number;
  document: ScheduleDocument;
  createdAt: number;
  modifiedAt: number;
  /** Changes with every update, which an invocation in flight must not overwrite. */
  revision: number;
  next: Firing | undefined;
  /** The nominal time of the last invocation, which an update does not repeat. */
  firedAt: number | undefined;
  token: string | undefined;
}

/** The first attempt of an invocation, or a retry (`retryId`). `firstAt` is real time, epoch ms. */
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

/** Sends at most 10 entries, 256 KB in all, to a queue. If it rejects, every entry has failed. */
export type SendBatch = (
  queueArn: string,
  entries: BatchEntry[],
) => Promise<{ failed: { id: string; message: string; code?: string }[] }>;
