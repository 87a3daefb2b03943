/** What a newcomer may leave out of an example, and which check must object, by name. */

export interface Omission {
  /** Of the heading in lib/README.md. */
  example: string;
  /** In the words of a report. */
  what: string;
  file: string;
  /** What is taken out of the file, or replaced, once the example is applied. */
  find: RegExp | string;
  replacement?: string;
  /** The tests that are run: files or folders. Default: the compiler objects. */
  tests?: readonly string[];
  /** What the compiler, or the name of a failing test, must say. */
  says: RegExp;
}

const NOTIFICATION = 'lib/notifications/notification.ts';
const TYPES = 'lib/schema/notification-types.ts';
const CHAT = 'lib/channels/chat.ts';
const COUNT = 'functions/dead-letters/count.ts';

export const omissions: readonly Omission[] = [
  {
    example: 'Add a field',
    what: 'without a classification',
    file: NOTIFICATION,
    find: /(optional<string>\('reference'\)), PERSONAL,/,
    replacement: '$1,',
    says: /Classification.*erasure/,
  },
  {
    example: 'Add a field',
    what: 'not erased',
    file: NOTIFICATION,
    find: /(optional<string>\('reference'\)), PERSONAL,/,
    replacement: '$1, PLAIN,',
    tests: ['lib/erasure/classification.test.ts'],
    says: /the field reference does not survive erasure/,
  },
  {
    example: 'Add a rule',
    what: 'without texts',
    file: TYPES,
    find: / +texts: \{ 2: \{ subject: 'Your invoice.*\n/,
    says: /Property 'texts' is missing/,
  },
  {
    example: 'Add a rule',
    what: 'with its text in a version that was released',
    file: TYPES,
    find: /texts: \{ 2: (\{ subject: 'Your invoice)/,
    replacement: 'texts: { 0: $1',
    tests: ['lib/notifications/content/built-in-texts.test.ts'],
    says: /a new text, and the first one of a type, belong to the next version/,
  },
  {
    example: 'Add a channel',
    what: 'without an erasure rule',
    file: CHAT,
    find: '...urlAddress,',
    replacement: "...urlAddress,\n      erasure: 'names no person' as const,",
    tests: ['lib/channels/registry.test.ts'],
    says: /the channel chat has an address by which the data of a person is erased/,
  },
  {
    example: 'Add a channel',
    what: 'without the check of its address',
    file: CHAT,
    find: '...urlAddress,',
    replacement: '...urlAddress,\n      parse: (text: string) => ({ value: text }),',
    tests: ['lib/channels/registry.test.ts'],
    says: /the field chat_url is of no private and no metadata address/,
  },
  {
    example: 'Add a channel',
    what: 'with a request of its own',
    file: CHAT,
    find: /post\(to, .*/,
    replacement:
      "fetch(to, { body: subject + body, signal: options.signal }).then(() => ({ outcome: 'sent' as const })),",
    tests: ['lib/channels/requests.test.ts'],
    says: /requests are made by lib\/channels\/http-client alone/,
  },
  {
    example: 'Add a route',
    what: 'without a scope',
    file: COUNT,
    find: / {4}scope: .*\n/,
    tests: ['functions/routes.test.ts'],
    says: /deadLettersCount declares a scope, or is public on purpose/,
  },
  {
    example: 'Add a route',
    what: 'without its OpenAPI text',
    file: COUNT,
    find: / {4}openapi: \{\n(?: {6}.*\n)+ {4}\},\n/,
    tests: ['functions/routes.test.ts'],
    says: /deadLettersCount has its OpenAPI text/,
  },
  {
    example: 'Add a route',
    what: 'without its block in serverless.yml',
    file: 'serverless.yml',
    find: / {2}deadLettersCount:\n(?: {4}.*\n)+/,
    tests: ['functions/routes.test.ts'],
    says: /has a block for .*dead-letters\/count/,
  },
];

/** Throws when the text to leave out is not there: then the example or its omission is out of date. */
export const leaveOut = (text: string, { find, replacement = '', what, file }: Omission): string => {
  const changed = text.replace(find, replacement);
  if (changed === text) throw new Error(`${file} has nothing that matches ${find} (${what})`);
  return changed;
};
