interface Entry {
  DelaySeconds?: number;
}

/** The most that SQS takes. */
const delaySecondsMax = 900;

/**
 * The body of a SendMessage or SendMessageBatch whose messages each wait `seconds()` longer than asked for, so that what was sent
 * later arrives earlier. A body that is not JSON is left to SQS to refuse.
 */
export const heldBack = (body: string, seconds: () => number): string => {
  let request: Entry & { QueueUrl?: string; Entries?: Entry[] };
  try {
    request = JSON.parse(body);
  } catch {
    return body;
  }
  // Messages of FIFO queues have no delay of their own.
  if (request.QueueUrl?.endsWith('.fifo')) return body;
  for (const entry of request.Entries ?? [request])
    entry.DelaySeconds = Math.min(delaySecondsMax, (entry.DelaySeconds ?? 0) + seconds());
  return JSON.stringify(request);
};
