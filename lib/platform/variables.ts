/**
 * Kinds of environment variables. Each says what it must be, and what it is instead, unless that
 * may be a secret: in a URL, or beside one.
 */
import * as z from 'zod';

type Issue = { input?: unknown };
const must =
  (rule: string) =>
  ({ input }: Issue): string =>
    input === undefined ? 'is required' : `must be ${rule}`;
const not =
  (rule: string) =>
  (issue: Issue): string =>
    must(issue.input === undefined ? rule : `${rule}, not ${JSON.stringify(issue.input)}`)(issue);

/** Digits alone: an empty text, `1e3` and `0x10` are numbers to JavaScript. */
export const whole = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      abort: true,
      error: not(`a whole number from ${min} to ${max}`),
    })
    .transform(Number);

export const oneOf = <const Name extends string>(...names: Name[]) =>
  z.enum(names, { error: not(`one of ${names.join(', ')}`) });

export const flag = () =>
  z.enum(['true', 'false'], { error: not('true or false') }).transform((text) => text === 'true');

export const url = () => z.url({ error: must('a URL') });
export const webUrl = () => z.url({ protocol: /^https?$/, error: must('an http or https URL') });
/** Where a service is reached: a path may follow, nothing else. */
export const baseUrl = () =>
  webUrl().refine((text) => !/[?#@]/.test(text), {
    error: must('an http or https URL without user, query and fragment'),
  });
export const arn = () => z.string().startsWith('arn:', { error: must('an ARN') });
export const matching = (form: RegExp, rule: string) => z.string().regex(form, { error: not(rule) });
export const such = (holds: (text: string) => boolean, rule: string) => z.string().refine(holds, { error: not(rule) });
/**
 * A secret, which only some functions and some roles of the container have and use. Those need it
 * where every variable of `when` has that value.
 */
export const secret = <T extends z.ZodType>(schema: T, when: Record<string, string> = {}) =>
  schema.optional().meta({ secret: when });
export const secretOf = (schema: z.ZodType): Record<string, string> | undefined =>
  schema.meta()?.secret as Record<string, string> | undefined;
export const email = () => z.email({ error: not('an e-mail address') });
