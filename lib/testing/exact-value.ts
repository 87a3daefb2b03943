/**
 * JSON compared by the exact value of its numbers. By BigInt, so that it shares no fault with what
 * it judges.
 */

/** A JSON number as an integer that is no multiple of ten, and the power of ten it is multiplied with. */
export const numberParts = (text: string): [bigint, number] => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let digits = BigInt(whole.replace('-', '') + fraction);
  // 0 first: the exponent may be -0.
  let power = 0 + Number(exponent) - fraction.length;
  if (digits === 0n) return [0n, 0];
  for (; digits % 10n === 0n; power += 1) digits /= 10n;
  return [text.startsWith('-') ? -digits : digits, power];
};

/**
 * JSON text -> its value, with a text in the place of each number: the same text for equal numbers,
 * in any notation.
 */
export const exactValue = (text: string): unknown =>
  JSON.parse(text, (_, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    const [digits, power] = numberParts(source);
    return `the number ${digits}e${power}`;
  });
