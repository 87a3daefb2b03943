import { ServiceError } from '../errors.ts';

const CAUSES_MAX = 5;
/**
 * What an operator needs of a system's or an SDK's error; others (`Item` of a failed condition,
 * `rejected` of a mail) hold records.
 */
const MEMBERS = ['code', 'errno', 'syscall', '$fault', '$metadata'];

/**
 * JSON.parse quotes what it could not read; broken rules name the members that a client, or a
 * message, made up.
 */
const messageOf = (error: Error): string => {
  if (error instanceof SyntaxError) return 'A text is not what it should be; it is not shown';
  return error instanceof ServiceError && error.errors ? error.code : error.message;
};

/**
 * An error as a log may hold it: its name, message, frames and causes, and nothing that quotes or
 * carries what it was about. What is no error stays as it is.
 */
export const loggable = (error: unknown, causesMax = CAUSES_MAX): unknown => {
  if (!(error instanceof Error)) return error;
  const message = messageOf(error);
  const hasCause = error.cause !== undefined && causesMax > 0;
  const safe = new Error(message, hasCause ? { cause: loggable(error.cause, causesMax - 1) } : {});
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  safe.name = error.name;
  safe.stack = [`${error.name}: ${message.split('\n', 1)[0]}`, ...frames].join('\n');
  for (const name of MEMBERS) {
    const value = (error as unknown as Record<string, unknown>)[name];
    if (value !== undefined) Object.assign(safe, { [name]: value });
  }
  return safe;
};
