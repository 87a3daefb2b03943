/**
 * How long an SMS is, and the cut of a longer text:
 * https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
 */

/** Ten parts of 153 septets. */
export const GSM_SEPTETS_MAX = 1_530;
/** What AWS takes of a text with any other character, in UTF-16 units. */
export const UNICODE_UNITS_MAX = 630;

/** The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038). */
const GSM_BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const GSM_EXTENDED = '\f^{}\\[~]|€';
const SEPTETS = new Map([
  ...[...GSM_BASIC].map((character) => [character, 1] as const),
  ...[...GSM_EXTENDED].map((character) => [character, 2] as const),
]);

/**
 * Three dots and not an ellipsis, which GSM-7 lacks: one such character doubles the parts that are
 * paid for.
 */
const MORE = '...';

/** Infinity for a text that GSM-7 cannot write. */
const septetsOf = (text: string): number => {
  let septets = 0;
  for (const character of text) septets += SEPTETS.get(character) ?? Number.POSITIVE_INFINITY;
  return septets;
};
const unitsOf = (text: string): number => text.length;

export const isSmsLength = (text: string): boolean =>
  text.length <= UNICODE_UNITS_MAX || septetsOf(text) <= GSM_SEPTETS_MAX;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function* charactersOf(text: string): Generator<string> {
  for (const { segment } of graphemes.segment(text)) yield segment;
}

/** The most characters from the start that are no longer than `max` together. */
const start = (characters: Iterable<string>, lengthOf: (text: string) => number, max: number): string => {
  let taken = '';
  let left = max;
  for (const character of characters) {
    left -= lengthOf(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
};

/**
 * As much of a text as AWS takes, never cut within a character as a reader sees it; what is cut
 * ends in three dots.
 */
export const smsText = (text: string): string => {
  if (isSmsLength(text)) return text;
  const gsm = start(charactersOf(text), septetsOf, GSM_SEPTETS_MAX - MORE.length);
  const unicodeMax = UNICODE_UNITS_MAX - MORE.length;
  // A single character may be longer than that, by combining marks without end: then it is cut
  // between code points.
  const unicode = start(charactersOf(text), unitsOf, unicodeMax) || start(text, unitsOf, unicodeMax);
  return (gsm.length > unicode.length ? gsm : unicode) + MORE;
};
