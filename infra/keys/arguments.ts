/** What `npm run keys` is asked to do. Whatever is wrong with that is a UsageError. */
import { parseArgs } from 'node:util';
import { SCOPES, type Scope } from '../../lib/auth/principal.ts';
import { ServiceError } from '../../lib/errors.ts';
import { DEFAULT_TENANT, TENANT } from '../../lib/schema/tenant.ts';
import { didYouMean } from './closest.ts';

export const USAGE = `npm run keys -- <command> [options]

  create  --scopes a,b [--name n] [--expires P90D] [--rate-limit 50]
  list
  rotate  <key id> [--overlap PT1H]
  revoke  <key id>
  token   a new token for the variable FIRST_KEY, by which a deployment makes its first key; no table is asked

  --tenant t   whose keys (default: ${DEFAULT_TENANT})
  --stage s    a deployed stage; else the table that TABLE_NAME names, else the local stack of npm start

  Scopes: ${SCOPES.join(', ')}
  The token goes to standard output, alone; everything else to standard error.
`;

export class UsageError extends Error {}

const COMMANDS = ['create', 'list', 'rotate', 'revoke', 'token'];

const OPTIONS = {
  tenant: { type: 'string', default: DEFAULT_TENANT },
  stage: { type: 'string' },
  name: { type: 'string', default: 'command line' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  overlap: { type: 'string' },
  'rate-limit': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const parse = (argv: string[]) => {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const unknown = /'(-[^' ]*)'/.exec(message)?.[1];
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || unknown === undefined) throw new UsageError(message);
    const names = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`There is no option ${unknown}${didYouMean(unknown, names)}`);
  }
};
export type Options = ReturnType<typeof parse>['values'];

export interface Arguments {
  command: string;
  /** Of a key; empty for the commands that take none. */
  id: string;
  options: Options;
}

const checkPositionals = (command: string, given: string[]): void => {
  if (command === 'rotate' || command === 'revoke') {
    if (given.length !== 1) throw new UsageError(`${command} takes one key id`);
    return;
  }
  if (given.length === 0) return;
  // npm takes options before its own -- for itself, and passes on what stood after their names.
  const scopes = given.flatMap((text) => text.split(','));
  const meant = command === 'create' && scopes.every((scope) => (SCOPES as readonly string[]).includes(scope));
  throw new UsageError(
    meant
      ? `create takes no "${given.join(' ')}"; did you mean npm run keys -- create --scopes ${scopes.join(',')}?`
      : `${command} takes no key id`,
  );
};

/** @throws UsageError */
export const readArguments = (argv: string[]): Arguments => {
  const { values: options, positionals } = parse(argv);
  const [command = '', ...rest] = positionals;
  if (options.help) return { command: 'help', id: '', options };
  if (command === '') throw new UsageError(`A command is missing: one of ${COMMANDS.join(', ')}`);
  if (!COMMANDS.includes(command))
    throw new UsageError(`There is no command ${command}${didYouMean(command, COMMANDS)}`);
  checkPositionals(command, rest);
  if (!TENANT.test(options.tenant))
    throw new UsageError(`--tenant must match ${TENANT.source}, not "${options.tenant}"`);
  return { command, id: rest[0] ?? '', options };
};

const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

/** @throws UsageError */
export const scopesOf = ({ scopes }: Options): Scope[] => {
  if (!scopes) throw new UsageError(`--scopes is required: one or more of ${SCOPES.join(', ')}`);
  return scopes.split(',').map((part) => {
    const scope = part.trim();
    if (isScope(scope)) return scope;
    throw new UsageError(
      `--scopes: there is no scope "${scope}"${didYouMean(scope, SCOPES) || '.'} Known: ${SCOPES.join(', ')}`,
    );
  });
};

const OPTION_OF: Record<string, string> = {
  '/scopes': '--scopes',
  '/name': '--name',
  '/rate_limit': '--rate-limit',
  '/expires_at': '--expires',
  '/overlap_seconds': '--overlap, in seconds,',
};

/** Runs `work`; what it finds wrong in the input is said by the names of options. */
export const byOption = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ServiceError && error.errors)) throw error;
    const lines = error.errors.map(({ pointer, detail }) => `${OPTION_OF[pointer] ?? pointer} ${detail}`);
    throw new UsageError(lines.join('\n'));
  }
};
