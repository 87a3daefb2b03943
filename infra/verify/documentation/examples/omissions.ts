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
  /** What the name of a failing test, or the compiler, must say. */
  says: RegExp;
}

export const omissions: readonly Omission[] = [];

/** Throws when the text to leave out is not there: then the example or its omission is out of date. */
export const leaveOut = (text: string, { find, replacement = '', what, file }: Omission): string => {
  const changed = text.replace(find, replacement);
  if (changed === text) throw new Error(`${file} has nothing that matches ${find} (${what})`);
  return changed;
};
