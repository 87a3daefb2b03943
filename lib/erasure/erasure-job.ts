/** The noun: the erasure of one person's data, from its order to its end, and the pure steps of its life. */
import * as z from 'zod';
import { type FieldError, validationFailed } from '../errors.ts';
import { normalizePhone, phoneProblem } from '../notifications/recipient.ts';
import { asciiAddress, emailAddress } from '../schema/email-address.ts';
import { textOf } from '../schema/omit-undefined.ts';
import { shortText } from '../schema/text.ts';
import { checkWebhookUrl } from '../schema/webhook-url.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import {
  CONFIDENTIAL,
  field,
  makeView,
  optional,
  PLAIN,
  required,
  type Stored,
  shown,
  viewShape,
} from '../store/fields.ts';
import { closed, jobFields, jobTimeFields, moved, type On, opened } from '../store/job.ts';

export const ERASURE_KEYS = ['email', 'phone', 'webhook_url', 'entity_id'] as const;
export type ErasureKey = (typeof ERASURE_KEYS)[number];

export const erasureSchema = z
  .strictObject({
    email: emailAddress.optional(),
    phone: z.string().min(1).max(32).optional().meta({ description: 'E.164, or valid national digits.' }),
    webhook_url: z.string().min(1).max(2048, 'must be at most 2048 characters').optional(),
    entity_id: shortText(256).optional(),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: `exactly one of ${ERASURE_KEYS.join(', ')} is required`,
    ...evenIfMembersAreWrong,
  })
  .meta({ id: 'Erasure', allOf: [{ oneOf: ERASURE_KEYS.map((name) => ({ required: [name] })) }] });
export type Erasure = z.output<typeof erasureSchema>;

/** Whose data: `value` in normal form. */
export interface Person {
  by: ErasureKey;
  value: string;
}

/** Laxer than the door for notifications: what was stored under another policy must be found too. */
const ANY_URL = { allowPrivate: true, allowHttp: true };

const normalOf = (by: ErasureKey, text: string, country: string): { value: string } | { problem: string } => {
  if (by === 'email') return { value: (asciiAddress(text) ?? text).toLowerCase() };
  if (by === 'entity_id') return { value: text };
  if (by === 'phone') {
    // As strict as for sending: a foreign number that lost its `+` would be read as another person's.
    const value = normalizePhone(text, country);
    return value === undefined ? { problem: phoneProblem(country) } : { value };
  }
  const checked = checkWebhookUrl(text, ANY_URL);
  return 'url' in checked ? { value: checked.url } : checked;
};

/** The rules beyond the schema that a body, which may break the schema too, breaks. */
export const personErrors = (body: Record<string, unknown>, options: { phoneCountry: string }): FieldError[] =>
  ERASURE_KEYS.flatMap((by) => {
    const text = textOf(body[by]);
    const normal = text === undefined ? undefined : normalOf(by, text, options.phoneCountry);
    return normal && 'problem' in normal ? [{ pointer: `/${by}`, detail: normal.problem }] : [];
  });

/** Throws `validation-failed`. */
export const personOf = (input: Erasure, options: { phoneCountry: string }): Person => {
  const by = ERASURE_KEYS.find((key) => input[key] !== undefined) ?? 'entity_id';
  const normal = normalOf(by, input[by] ?? '', options.phoneCountry);
  if ('value' in normal) return { by, value: normal.value };
  const error: FieldError = { pointer: `/${by}`, detail: normal.problem };
  throw validationFailed([error]);
};

/** Enough to tell one request from another, not enough to name anybody: `a***@e***`, `***78`. */
export const masked = ({ by, value }: Person): string => {
  const initial = (text: string): string => `${[...text][0] ?? ''}***`;
  if (by === 'phone') return `***${value.slice(-2)}`;
  if (by === 'webhook_url') return `https://${initial(new URL(value).host)}`;
  return by === 'email' ? value.split('@').map(initial).join('@') : initial(value);
};

/** The order of a job: an event's own notifications are dealt with along with it, so that it can cause no more of them. */
export const PHASES = ['events', 'notifications', 'messages', 'claimed'] as const;
export type Phase = (typeof PHASES)[number];

export const erasureJobFields = {
  ...jobFields,
  by: field(required<ErasureKey>('by'), PLAIN, shown('by', z.enum(ERASURE_KEYS).meta({ id: 'ErasureKey' }))),
  /** In normal form, and only while the job runs. */
  value: field(optional<string>('value'), CONFIDENTIAL),
  masked: field(
    required<string>('masked'),
    CONFIDENTIAL,
    shown('masked', z.string().meta({ description: 'Whom it is about, unreadable.', examples: ['a***@e***'] })),
  ),
  /** What `before` is a place in. */
  phase: field(required<Phase>('phase'), PLAIN),
  examined: field(required<number>('examined'), PLAIN, shown('examined', z.int())),
  erased: field(required<number>('erased'), PLAIN, shown('erased', z.int())),
  canceled: field(
    required<number>('canceled'),
    PLAIN,
    shown('canceled', z.int().meta({ description: 'Of the erased ones: notifications that were still open.' })),
  ),
  /** Ids that a worker was sending when their turn came: they are taken up again until it is done. */
  claimed: field(
    required<string[]>('claimed'),
    PLAIN,
    shown(
      'waiting',
      z.int().meta({ description: 'Being sent when their turn came; they are taken up again.' }),
      (ids: string[]) => ids.length,
    ),
  ),
  ...jobTimeFields,
};

export interface ErasureJob extends Stored<typeof erasureJobFields> {}

/** What one page came to. */
export interface ErasureTally {
  examined: number;
  erased: number;
  canceled: number;
  /** To be taken up again. */
  claimed: string[];
}

export const begun = (draft: Pick<ErasureJob, 'id' | 'tenant'> & Person, on: On): ErasureJob => ({
  ...draft,
  ...opened(on),
  masked: masked(draft),
  phase: 'events',
  claimed: [],
  examined: 0,
  erased: 0,
  canceled: 0,
});

const counted = (job: ErasureJob, tally: ErasureTally, on: On): ErasureJob => ({
  ...job,
  ...moved(on),
  examined: job.examined + tally.examined,
  erased: job.erased + tally.erased,
  canceled: job.canceled + tally.canceled,
});

/** A page came to `tally`; the next one begins at `next`, or in the next phase. */
export const progressed = (job: ErasureJob, tally: ErasureTally, next: string | undefined, on: On): ErasureJob => {
  const { before: _, ...rest } = counted(job, tally, on);
  const claimed = [...job.claimed, ...tally.claimed];
  if (next !== undefined) return { ...rest, claimed, before: next };
  return { ...rest, claimed, phase: PHASES[PHASES.indexOf(job.phase) + 1] ?? 'claimed' };
};

/** The claimed ones were taken up again; `tally.claimed` are those that still are. */
export const revisited = (job: ErasureJob, tally: ErasureTally, on: On): ErasureJob => ({
  ...counted(job, tally, on),
  claimed: tally.claimed,
});

/** Done: nothing is left of whom it was about but the masked form. */
export const finished = (job: ErasureJob, on: On & { retentionMs: number }): ErasureJob => {
  const { value: _, ...done } = closed(job, on);
  return done;
};

export const erasureJobViewSchema = z.object(viewShape(erasureJobFields)).meta({ id: 'ErasureJob' });

export const viewErasureJob = makeView(erasureJobFields);
