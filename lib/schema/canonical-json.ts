import { createHash } from 'node:crypto';
import { ExactNumber } from './exact-number.ts';

/**
 * A list or an object that is being written: its members' names in their order, or how many items
 * it has.
 */
interface Frame {
  value: object;
  names: string[] | undefined;
  length: number;
  next: number;
}

const primitive = (value: unknown): string => {
  const storable =
    value === null ||
    value instanceof ExactNumber ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value));
  if (!storable) throw new TypeError(`not a JSON value: ${typeof value}`);
  return JSON.stringify(value);
};

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof ExactNumber);

/**
 * Members by UTF-16 code units, which is how JavaScript sorts strings (RFC 8785, 3.2.3); absent is
 * absent.
 */
const frameOf = (value: object): Frame => {
  if (Array.isArray(value)) return { value, names: undefined, length: value.length, next: 0 };
  const members = value as Record<string, unknown>;
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  return { value, names: names.sort(), length: names.length, next: 0 };
};

const opening = ({ names }: Frame): string => (names ? '{' : '[');
const closing = ({ names }: Frame): string => (names ? '}' : ']');

/**
 * RFC 8785 (JCS), but that a number beyond a double keeps its digits. Walks with its own stack, so that depth
 * costs memory alone. Throws TypeError on what JSON cannot say.
 */
export const canonicalJson = (root: unknown): string => {
  const stack: Frame[] = [];
  let text = '';
  const write = (value: unknown): void => {
    if (!isContainer(value)) {
      text += primitive(value);
      return;
    }
    const frame = frameOf(value);
    text += opening(frame);
    stack.push(frame);
  };
  write(root);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (frame.next === frame.length) {
      text += closing(frame);
      stack.pop();
      continue;
    }
    const key = frame.names?.[frame.next] ?? frame.next;
    if (frame.next > 0) text += ',';
    if (frame.names) text += `${JSON.stringify(key)}:`;
    frame.next += 1;
    write((frame.value as Record<string | number, unknown>)[key]);
  }
  return text;
};

/** SHA-256 of the canonical text, base64url: equal content has an equal one. */
export const fingerprint = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url');
