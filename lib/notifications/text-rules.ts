/**
 * What the texts of a notification must hold when it is accepted: something to say to a person, and
 * a value for each placeholder.
 */
import type { FieldError } from '../errors.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import { builtInText, hasBuiltInText, newestTextVersion } from './content/built-in-texts.ts';
import { placeholdersWithoutValue, renderGiven, type TemplateInput } from './content/template.ts';
import type { Timing } from './due-time.ts';
import type { Draft } from './notification.ts';
import { TEXT_CHANNELS, TEXT_CHANNELS_LISTED } from './recipient.ts';

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

const TARGET_DATE = 'target_date';
const WITHOUT_TARGET = 'must not name {{target_date}}, which has a value only with target_date';

const listed = (names: string[]): string => {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `{{${name}}}`);
  return shown.join(', ') + (names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '');
};

const placeholderErrors = (texts: Texts, showNames: boolean): FieldError[] =>
  (['subject', 'body'] as const).flatMap((field) => {
    const names = placeholdersWithoutValue(inputOf(texts), field);
    const inData = names.filter((name) => name !== TARGET_DATE);
    const which = showNames ? `; without: ${listed(inData)}` : '';
    const rule = `must have a text, a number, true or false in data for each placeholder${which}`;
    const details = [...(names.length > inData.length ? [WITHOUT_TARGET] : []), ...(inData.length > 0 ? [rule] : [])];
    return details.map((detail) => ({ pointer: `/${field}`, detail }));
  });

/**
 * `to` says which channels it is for, whether or not their addresses are right. The names of placeholders are
 * left out with `showNames: false`: they are a part of the text, and may be personal data.
 */
export const textErrors = (
  texts: Texts,
  to: Partial<Record<ChannelName, unknown>>,
  { showNames = true } = {},
): FieldError[] => {
  const errors = placeholderErrors(texts, showNames);
  const isForPeople = TEXT_CHANNELS.some((name) => to[name] !== undefined);
  if (!isForPeople || hasBuiltInText(texts.type) || errors.some(({ pointer }) => pointer === '/body')) return errors;
  const detail = `is required for ${TEXT_CHANNELS_LISTED}, and must not be blank: there is no built-in text for ${texts.type}`;
  return renderGiven(inputOf(texts)).body.trim() ? errors : [...errors, { pointer: '/body', detail }];
};

/** The built-in text of the record's version, where the record has no text of its own. */
const builtInTextUsed = (input: TemplateInput, version: number | undefined): { subject?: string; body?: string } => {
  const own = renderGiven(input);
  const { subject, body } = builtInText(input.type, { version, hasTarget: false });
  return { ...(!own.subject && { subject }), ...(!own.body.trim() && { body }) };
};

/** A PATCH that takes the target away from texts that name it. */
export const targetErrors = (texts: Texts & { textVersion?: number }, timing: Timing): FieldError[] => {
  if (texts.timing.target_date === undefined || timing.target_date !== undefined) return [];
  const input = inputOf({ ...texts, timing });
  const all = [input, { ...input, ...builtInTextUsed(input, texts.textVersion) }];
  const names = all.flatMap((one) => [
    ...placeholdersWithoutValue(one, 'subject'),
    ...placeholdersWithoutValue(one, 'body'),
  ]);
  if (!names.includes(TARGET_DATE)) return [];
  return [
    { pointer: '/send_at', detail: 'must not replace target_date: the text of the notification names {{target_date}}' },
  ];
};
