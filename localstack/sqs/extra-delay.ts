interface Entry {
  DelaySeconds?: number;
}

/** SQS accepts no more. */
const DELAY_SECONDS_MAX = 900;

/**
 * The body of a SendMessage or SendMessageBatch with `seconds()` more delay for each message, so
 * that later ones arrive earlier. A body that is not JSON stays as it is, for SQS to refuse.
 */
export const withExtraDelay = (body: string, seconds: () => number): string => {
  let request: Entry & { QueueUrl?: string; Entries?: Entry[] };
  try {
    request = JSON.parse(body);
  } catch {
    return body;
  }
  // Messages of FIFO queues have no delay of their own.
  if (request.QueueUrl?.endsWith('.fifo')) return body;
  for (const entry of request.Entries ?? [request])
    entry.DelaySeconds = Math.min(DELAY_SECONDS_MAX, (entry.DelaySeconds ?? 0) + seconds());
  return JSON.stringify(request);
};
