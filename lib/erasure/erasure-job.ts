/** The noun: the erasure of one person's data, from its order to its end, and the pure steps of its life. */
import * as z from 'zod';
import { type AddressField, type AddressOptions, type ErasureRule, initial } from '../channels/declaration.ts';
import { type AddressName, addressFields } from '../channels/index.ts';
import { type FieldError, validationFailed } from '../errors.ts';
import { type JobDraft, jobFields, jobTimeFields } from '../jobs/job.ts';
import type { JobKind } from '../jobs/kind.ts';
import { textOf } from '../schema/omit-undefined.ts';
import { shortText } from '../schema/text.ts';
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

/**
 * An entity's id; anywhere else but in the members that name an entity, the same text may be any
 * word or number.
 */
const ENTITY_ID: Erasable = {
  form: () => shortText(256),
  key: (text) => ({ value: text }),
  mask: initial,
  matcher: (key) => (text) => text === key,
};

/** By what a person's data is found: an address, or an entity's id. */
export type ErasureKey = AddressName | 'entity_id';

type Erasable = ErasureRule & Pick<AddressField, 'form'>;

const addresses = addressFields.flatMap(({ name, form, erasure }): [ErasureKey, Erasable][] =>
  erasure === 'names no person' ? [] : [[name, { form, ...erasure }]],
);
const RULES: ReadonlyMap<ErasureKey, Erasable> = new Map([...addresses, ['entity_id', ENTITY_ID]]);
export const ERASURE_KEYS = [...RULES.keys()];

export const ruleOf = (key: ErasureKey): ErasureRule => RULES.get(key) ?? ENTITY_ID;

export type Erasure = Partial<Record<ErasureKey, string | undefined>>;

const erasureFields = Object.fromEntries(
  [...RULES].map(([key, { form, meta }]) => [key, meta ? form().optional().meta(meta) : form().optional()]),
) as Record<ErasureKey, z.ZodOptional<z.ZodType<string, string>>>;

export const erasureSchema = z
  .strictObject(erasureFields)
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: `exactly one of ${ERASURE_KEYS.join(', ')} is required`,
    ...evenIfMembersAreWrong,
  })
  .meta({ id: 'Erasure', allOf: [{ oneOf: ERASURE_KEYS.map((name) => ({ required: [name] })) }] });

/** Whose data: `value` in normal form. */
export interface Person {
  by: ErasureKey;
  value: string;
}

/** The rules beyond the schema that a body, which may break the schema too, breaks. */
export const personErrors = (body: Record<string, unknown>, options: AddressOptions): FieldError[] =>
  ERASURE_KEYS.flatMap((by) => {
    const text = textOf(body[by]);
    const key = text === undefined ? undefined : ruleOf(by).key(text, options);
    return key && 'problem' in key ? [{ pointer: `/${by}`, detail: key.problem }] : [];
  });

/** Throws `validation-failed`. */
export const personOf = (input: Erasure, options: AddressOptions): Person => {
  const by = ERASURE_KEYS.find((key) => input[key] !== undefined) ?? 'entity_id';
  const key = ruleOf(by).key(input[by] ?? '', options);
  if ('value' in key) return { by, value: key.value };
  throw validationFailed([{ pointer: `/${by}`, detail: key.problem }]);
};

/** Distinguishes one request from another, and names no person. */
export const masked = ({ by, value }: Person): string => ruleOf(by).mask(value);

/**
 * The order of a job: schedules first, which make more; an event's own notifications are dealt with
 * along with it, so that it can cause no more of them.
 */
export const PHASES = ['schedules', 'events', 'notifications', 'messages', 'claimed'] as const;
export type Phase = (typeof PHASES)[number];

export const erasureJobFields = {
  ...jobFields(z.literal('erasure'), 'erasure'),
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
  /** When the schedules were done: until then they may have made notifications. */
  schedulesUntil: field(optional<number>('schedules_until'), PLAIN),
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

/** The result of one page. */
export interface ErasureTally {
  examined: number;
  erased: number;
  canceled: number;
  /** To be taken up again. */
  claimed: string[];
}

export const drafted = (ordered: Pick<ErasureJob, 'id' | 'tenant'> & Person): JobDraft<ErasureJob> => ({
  ...ordered,
  kind: 'erasure',
  masked: masked(ordered),
  phase: 'schedules',
  claimed: [],
  examined: 0,
  erased: 0,
  canceled: 0,
});

const counted = (job: ErasureJob, tally: ErasureTally): ErasureJob => ({
  ...job,
  examined: job.examined + tally.examined,
  erased: job.erased + tally.erased,
  canceled: job.canceled + tally.canceled,
});

/** After a page with the result `tally`: the next one begins at `next`, or in the next phase. */
export const progressed = (job: ErasureJob, tally: ErasureTally, next: string | undefined): ErasureJob => {
  const { before: _, ...rest } = counted(job, tally);
  const claimed = [...job.claimed, ...tally.claimed];
  if (next !== undefined) return { ...rest, claimed, before: next };
  return { ...rest, claimed, phase: PHASES[PHASES.indexOf(job.phase) + 1] ?? 'claimed' };
};

/** The claimed ones were taken up again; `tally.claimed` are those that still are. */
export const revisited = (job: ErasureJob, tally: ErasureTally): ErasureJob => ({
  ...counted(job, tally),
  claimed: tally.claimed,
});

export const erasureJobViewSchema = z.object(viewShape(erasureJobFields)).meta({ id: 'ErasureJob' });

export const viewErasureJob = makeView(erasureJobFields);

/**
 * Indexes trail the items, normally by well under a second: what was accepted before the order must
 * be in them.
 */
const SETTLE_SECONDS = 5;

export const erasureKind = {
  prefix: 'era_',
  fields: erasureJobFields,
  viewSchema: erasureJobViewSchema,
  view: viewErasureJob,
  scopes: { read: 'admin' },
  message: 'erase',
  settleSeconds: SETTLE_SECONDS,
  /** Nothing is left of whom it was about but the masked form. */
  cleared: ({ value: _, ...ended }) => ended,
} satisfies JobKind<ErasureJob>;
