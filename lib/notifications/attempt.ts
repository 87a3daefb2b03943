/** One attempt to send on one channel, as it is stored and as a client sees it. */
import * as z from 'zod';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';

/** A notification keeps its last attempts, up to this number. */
export const ATTEMPTS_KEPT = 50;

const outcomeSchema = z.enum(['sent', 'retry', 'failed', 'unknown']).meta({ id: 'AttemptOutcome' });

export interface Attempt {
  channel: ChannelName;
  number: number;
  startedAt: number;
  finishedAt: number;
  latenessMs: number;
  outcome: z.output<typeof outcomeSchema>;
  httpStatus?: number;
  error?: string;
  /** The receiver may have it twice by this attempt: see SendResult. */
  resent?: true;
  /** It went to the address of RECIPIENTS_REDIRECT instead of the recipient. */
  redirected?: true;
}

export const attemptView = z
  .object({
    channel: z.enum(CHANNEL_NAMES).meta({ id: 'ChannelName' }),
    number: z.int(),
    started_at: timeView,
    finished_at: timeView,
    lateness_ms: z.int().meta({ description: 'Start less due time of this attempt.' }),
    outcome: outcomeSchema,
    http_status: z.int().optional(),
    error: z.string().optional(),
    resent: z.boolean().optional().meta({
      description:
        'True when the kept connection closed before any answer, so that it was sent once more on a fresh one: the receiver may have it twice, with the same `webhook-id`.',
    }),
    redirected: z.boolean().optional().meta({
      description:
        'True when it went to an address of the operator instead of the recipient, in a stage that is no production.',
    }),
  })
  .meta({ id: 'Attempt' });

export const viewAttempt = (attempt: Attempt): z.output<typeof attemptView> => ({
  channel: attempt.channel,
  number: attempt.number,
  started_at: rfc3339(attempt.startedAt),
  finished_at: rfc3339(attempt.finishedAt),
  lateness_ms: attempt.latenessMs,
  outcome: attempt.outcome,
  ...omitUndefined({
    http_status: attempt.httpStatus,
    error: attempt.error,
    resent: attempt.resent,
    redirected: attempt.redirected,
  }),
});
