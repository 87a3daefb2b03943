import { createHash } from 'node:crypto';

type Piece = { text: string } | { value: unknown };

const primitive = (value: unknown): string => {
  const storable =
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value));
  if (!storable) throw new TypeError(`not a JSON value: ${typeof value}`);
  return JSON.stringify(value);
};

/** Members by UTF-16 code units, which is how JavaScript sorts strings (RFC 8785, 3.2.3); absent is absent. */
const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const piecesOf = (value: object): Piece[] => {
  const separator = (index: number) => (index === 0 ? '' : ',');
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index): Piece[] => [{ text: separator(index) }, { value: item }]);
    return [{ text: '[' }, ...items, { text: ']' }];
  }
  const members = membersOf(value).flatMap(([name, member], index): Piece[] => [
    { text: `${separator(index)}${JSON.stringify(name)}:` },
    { value: member },
  ]);
  return [{ text: '{' }, ...members, { text: '}' }];
};

/**
 * The one text that equal JSON values share: RFC 8785 (JCS), sorted members, ECMAScript's number format, no white space.
 * Walks with its own stack, so that depth costs memory and not the call stack. Throws TypeError on what JSON cannot say.
 */
export const canonicalJson = (value: unknown): string => {
  const parts: string[] = [];
  const todo: Piece[] = [{ value }];
  for (let piece = todo.pop(); piece !== undefined; piece = todo.pop()) {
    if ('text' in piece) parts.push(piece.text);
    else if (typeof piece.value !== 'object' || piece.value === null) parts.push(primitive(piece.value));
    // One by one: a spread of 100,000 arguments overflows the stack.
    else for (const next of piecesOf(piece.value).reverse()) todo.push(next);
  }
  return parts.join('');
};

/** SHA-256 of the canonical text, base64url: how "the same content" is told from other content. */
export const fingerprint = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url');
