/**
 * JSON numbers keep their digits: one that a double does not hold, such as 9007199254740993, is read as an
 * `ExactNumber` and written with the digits it came with.
 */
declare global {
  /** https://github.com/tc39/proposal-json-parse-with-source, in Node.js since 22. */
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
    rawJSON(text: string): object;
  }
}

export class ExactNumber {
  /** As `textOf` writes it: equal numbers have equal digits. */
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  toString(): string {
    return this.digits;
  }

  toJSON(): object {
    return JSON.rawJSON(this.digits);
  }
}

/** Without an exponent each has one form only. */
const INTEGER = /^-?\d+$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** The most that `String` writes of a double, which are enough to tell all doubles apart. */
const DOUBLE_DIGITS_MAX = 17;
/**
 * More zeros than these, before or behind the digits, are written as an exponent; before them,
 * ECMAScript does so too.
 */
const ZEROS_MAX = { before: 5, behind: 21 };

/** A loop, as the pattern /0+$/ takes quadratic time on a text of zeros that ends in another digit. */
const withoutTrailingZeros = (digits: string): string => {
  let end = digits.length;
  while (digits.charAt(end - 1) === '0') end -= 1;
  return digits.slice(0, end);
};

/**
 * 0.`digits` times 10 to the power of `point`; the digits neither begin nor end with 0, and there
 * are none in 0.
 */
interface Decimal {
  sign: string;
  digits: string;
  point: number;
}

/** @param text a JSON number, or `String(number)` */
const decimalOf = (text: string): Decimal => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const significant = (whole + fraction).replace(/^0+/, '');
  const point = significant.length - fraction.length + Number(exponent);
  return { sign, digits: withoutTrailingZeros(significant), point };
};

/**
 * The one text of all that denote the same number; an integer is in full unless it ends in more
 * than 21 zeros.
 */
const textOf = ({ sign, digits, point }: Decimal): string => {
  if (digits === '') return '0';
  const behind = point - digits.length;
  if (behind >= 0 && behind <= ZEROS_MAX.behind) return sign + digits + '0'.repeat(behind);
  if (behind < 0 && point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point <= 0 && point >= -ZEROS_MAX.before) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const mantissa = digits.length > 1 ? `${digits.charAt(0)}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}e${point > 0 ? '+' : ''}${point - 1}`;
};

/**
 * NaN for what is not 0 but too small for a double, as too large a number is Infinity: hardly any
 * receiver can read it.
 */
const keep = (source: string): number | ExactNumber => {
  const value = Number(source);
  if (!Number.isFinite(value)) return value;
  if (value === 0) return /^[-0.]*(?:[eE]|$)/.test(source) ? value : Number.NaN;
  const rounded = String(value);
  if (INTEGER.test(source) && INTEGER.test(rounded)) return new ExactNumber(source);
  const decimal = decimalOf(source);
  const digits = textOf(decimal);
  if (decimal.digits.length <= DOUBLE_DIGITS_MAX && digits === textOf(decimalOf(rounded))) return value;
  return new ExactNumber(digits);
};

const revive = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
  typeof value !== 'number' || source === undefined || source === String(value) ? value : keep(source);

/**
 * A double holds 15 digits, but fewer at the ends of its range. It may match inside a text too,
 * which costs time and no more.
 */
const MAY_LOSE_DIGITS = /[-:,[\s]\d[\d.]{15}|\d[eE][+-]?\d{3}/;

/**
 * @param value what JSON.parse made of `text`
 * @returns the same with an `ExactNumber` for each number in it that a double does not hold; NaN or
 * Infinity for what is
 *   beyond its range
 */
export const withExactNumbers = (text: string, value: unknown): unknown =>
  typeof value === 'object' && MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, revive) : value;

const reviveStored = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
  typeof value !== 'number' || source === undefined || source === String(value) ? value : new ExactNumber(source);

/**
 * As JSON.parse, of what JSON.stringify wrote: what is not a double's own form is an
 * `ExactNumber`'s, and needs no more looking at.
 */
export const parseStoredJson = (text: string): unknown =>
  MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, reviveStored) : JSON.parse(text);

export const isNumber = (value: unknown): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber;

/** A number as text for people and for ids: 1e21 in full, where JavaScript writes an exponent. */
export const digitsOf = (value: number | ExactNumber): string => textOf(decimalOf(String(value)));
