/** What the texts of a notification must hold when it is accepted: something to say to a person, and a value for each placeholder. */
import type { FieldError } from '../errors.ts';
import { hasBuiltInText, newestTextVersion } from './built-in-texts.ts';
import type { Timing } from './due-time.ts';
import type { Draft } from './notification-machine.ts';
import { placeholdersWithoutValue, renderGiven, type TemplateInput } from './template.ts';

const NAMES_SHOWN = 10;

type Texts = Pick<Draft, 'type' | 'entityId' | 'timing' | 'subject' | 'body' | 'data'>;

/** As the newest texts are filled in. Which days and instants they name makes no difference to the rules. */
const inputOf = ({ timing: { target_date }, ...texts }: Texts): TemplateInput => ({
  ...texts,
  ...newestTextVersion(),
  timing: target_date === undefined ? {} : { target_date },
  targetDate: target_date === undefined ? undefined : 0,
  sendAt: 0,
});

const placeholderErrors = (texts: Texts): FieldError[] =>
  (['subject', 'body'] as const).flatMap((field) => {
    const names = placeholdersWithoutValue(inputOf(texts), field);
    if (names.length === 0) return [];
    const shown = names.slice(0, NAMES_SHOWN).map((name) => `{{${name}}}`);
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    const detail = `must have a text, a number, true or false in data for each placeholder; without: ${shown.join(', ')}${more}`;
    return [{ pointer: `/${field}`, detail }];
  });

/** `to` says which channels it is for, whether or not their addresses are right. */
export const textErrors = (texts: Texts, to: { email?: unknown; sms?: unknown }): FieldError[] => {
  const errors = placeholderErrors(texts);
  const isForPerson = to.email !== undefined || to.sms !== undefined;
  if (!isForPerson || hasBuiltInText(texts.type) || errors.some(({ pointer }) => pointer === '/body')) return errors;
  const detail = `is required for e-mail and SMS, and must not be blank: there is no built-in text for ${texts.type}`;
  return renderGiven(inputOf(texts)).body.trim() ? errors : [...errors, { pointer: '/body', detail }];
};

/** A PATCH that takes the target away from texts that name it. */
export const targetErrors = (texts: Texts, timing: Timing): FieldError[] => {
  if (texts.timing.target_date === undefined || timing.target_date !== undefined) return [];
  const input = inputOf({ ...texts, timing });
  const names = [...placeholdersWithoutValue(input, 'subject'), ...placeholdersWithoutValue(input, 'body')];
  if (!names.includes('target_date')) return [];
  return [
    { pointer: '/send_at', detail: 'must not replace target_date: the text of the notification names {{target_date}}' },
  ];
};
