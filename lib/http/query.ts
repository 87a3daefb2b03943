import type { FieldError } from '../errors.ts';
import { pointerOf } from '../schema/validate.ts';

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // broken percent-encoding: the caller reports it with its name
  }
};

const at = (name: string, detail: string): FieldError => ({ pointer: pointerOf(['query', name]), detail });

/**
 * `rawQueryString` -> name -> value. An HTTP API joins repeated parameters by commas in
 * `queryStringParameters`, so only here can a repetition be distinguished from a comma. `errors`:
 * repetitions and broken encodings.
 */
export const parseQuery = (rawQueryString: string): { values: Record<string, string>; errors: FieldError[] } => {
  const query = new Map<string, string>();
  const errors: FieldError[] = [];
  for (const pair of rawQueryString.split('&')) {
    if (pair === '') continue;
    const separator = pair.indexOf('=');
    const rawName = separator < 0 ? pair : pair.slice(0, separator);
    const name = decode(rawName);
    const value = separator < 0 ? '' : decode(pair.slice(separator + 1));
    if (name === undefined || value === undefined) errors.push(at(name ?? rawName, 'must be percent-encoded UTF-8'));
    else if (query.has(name)) errors.push(at(name, 'must be given once'));
    else query.set(name, value);
  }
  return { values: Object.fromEntries(query), errors };
};
