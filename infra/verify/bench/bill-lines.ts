/** Usage x price. */
import type { Component } from './bill-flow.ts';
import { HEAD_BYTES, MB_PER_VCPU, prices } from './prices.ts';

const GB = 1e9;
const MILLION = 1e6;
const SQS_CALLS = ['SendMessage', 'SendMessageBatch', 'ReceiveMessage', 'DeleteMessageBatch', 'GetQueueAttributes'];

/**
 * An invocation's time on Lambda: measured processor time at its share of a processor, waits and
 * holds beside it.
 */
export const billedMs = ({ cpuMs, waitMs, holdMs, memoryMb }: Component): number =>
  cpuMs * Math.max(1, MB_PER_VCPU / memoryMb) + waitMs + holdMs;

export interface Lines {
  api: number;
  lambda: number;
  writes: number;
  reads: number;
  sqs: number;
  scheduler: number;
  logs: number;
  egress: number;
}

/** Dollars for what the component used; divide by the count and multiply by a million for the bill. */
export const linesOf = (component: Component): Lines => {
  const { invocations, isRoute, memoryMb, usage, log, answerBytes } = component;
  const sqsCalls = SQS_CALLS.reduce((total, operation) => total + (usage.calls[operation] ?? 0), 0);
  const gbSeconds = invocations === 0 ? 0 : (billedMs(component) / 1_000) * (memoryMb / 1_024);
  return {
    api: isRoute ? (invocations * prices.httpApiPerMillion) / MILLION : 0,
    lambda: (invocations * prices.lambdaPerMillion) / MILLION + gbSeconds * prices.lambdaArmPerGbSecond,
    writes: (usage.writeUnits * prices.writeUnitsPerMillion) / MILLION,
    reads: (usage.readUnits * prices.readUnitsPerMillion) / MILLION,
    sqs: (sqsCalls * prices.sqsPerMillion) / MILLION,
    scheduler: ((usage.calls.ScheduleInvocation ?? 0) * prices.schedulerPerMillion) / MILLION,
    logs: (Buffer.byteLength(log) * prices.logsPerGb) / GB,
    egress: isRoute ? ((answerBytes + invocations * HEAD_BYTES) * prices.egressPerGb) / GB : 0,
  };
};

export const totalOf = (lines: Lines): number => Object.values(lines).reduce((a, b) => a + b, 0);
