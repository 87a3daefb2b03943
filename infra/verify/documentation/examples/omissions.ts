/** What a newcomer may leave out of an example, and which check must object, by name. */

export interface Omission {
  /** Of the heading in lib/README.md. */
  example: string;
  /** In the words of a report. */
  what: string;
  file: string;
  /** What is taken out of the file, or replaced, once the example is applied. */
  find: RegExp;
  replacement?: string;
  /** The tests that are run: files or folders. */
  tests: readonly string[];
  /** What the compiler, or the name of a failing test, must say. */
  says: RegExp;
}

const NOTIFICATION = 'lib/notifications/notification.ts';
const TYPES = 'lib/schema/notification-types.ts';

export const omissions: readonly Omission[] = [
  {
    example: 'Add a field',
    what: 'without a classification',
    file: NOTIFICATION,
    find: /(optional<string>\('reference'\)), PERSONAL,/,
    replacement: '$1,',
    tests: ['lib/erasure/classification.test.ts'],
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
    tests: ['lib/events/invoice-due.test.ts'],
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
];

/** Throws when the text to leave out is not there: then the example or its omission is out of date. */
export const leaveOut = (text: string, { find, replacement = '', what, file }: Omission): string => {
  const changed = text.replace(find, replacement);
  if (changed === text) throw new Error(`${file} has nothing that matches ${find} (${what})`);
  return changed;
};
