/** Reads a worked example of a page: the files that it adds, and its changes to files that there are. */

/** A file with its whole text, or a unified diff. */
export type Edit = { path: string; content: string } | { path: string; diff: string };

export interface Example {
  /** `Add a channel`. */
  name: string;
  edits: Edit[];
}

/** Commands to type, not text of a file. */
const COMMANDS = ['sh', 'bash', 'console', 'text'];
const FENCE = /^\s*```(\w*)\s*$/;
const FILE = /\]\(([\w./-]+\.\w+)\)|`([\w./-]+\.\w+)`/g;

interface Block {
  language: string;
  text: string;
  /** The paragraph before it, on one line. */
  before: string;
}

/** From the heading to the next one of its level or above. */
const sectionOf = (markdown: string, heading: string): string[] => {
  const lines = markdown.split('\n');
  const from = lines.indexOf(`### ${heading}`);
  if (from < 0) throw new Error(`There is no heading "### ${heading}"`);
  let isCode = false;
  const length = lines.slice(from + 1).findIndex((line) => {
    if (FENCE.test(line)) isCode = !isCode;
    return !isCode && /^#{1,3} /.test(line);
  });
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length);
};

const blocksOf = (lines: readonly string[]): Block[] => {
  const blocks: Block[] = [];
  let before = '';
  let isParagraph = false;
  let open: { language: string; lines: string[] } | undefined;
  for (const line of lines) {
    const language = FENCE.exec(line)?.[1];
    if (language === undefined) {
      if (open) open.lines.push(line);
      else if (line.trim() === '') isParagraph = false;
      else {
        before = isParagraph ? `${before} ${line}` : line;
        isParagraph = true;
      }
    } else if (open) {
      blocks.push({ language: open.language, text: `${open.lines.join('\n')}\n`, before });
      open = undefined;
      isParagraph = false;
    } else open = { language, lines: [] };
  }
  return blocks;
};

/**
 * The last file that a paragraph names. A link is relative to the page's folder, a path in
 * backticks to the repository.
 */
const fileNamedIn = (paragraph: string, folder: string): string | undefined => {
  const [, link, path] = [...paragraph.matchAll(FILE)].at(-1) ?? [];
  return link === undefined ? path : new URL(link, `file:///${folder}/`).pathname.slice(1);
};

const isHunk = (line: string): boolean => line.startsWith('@@');
const count = (lines: readonly string[], signs: string): number =>
  lines.filter((line) => signs.includes(line.charAt(0) || ' ')).length;

/**
 * With file headers and line counts that `git apply` takes: a page may leave them out, and line
 * numbers may have moved.
 */
export const completeDiff = (path: string, text: string): string => {
  const lines = text.trimEnd().split('\n');
  const starts = lines.flatMap((line, index) => (isHunk(line) ? [index] : []));
  if (starts.length === 0) throw new Error(`The diff of ${path} has no line that begins with @@`);
  const hunks = starts.map((start, index) => {
    const body = lines.slice(start + 1, starts[index + 1]);
    // Line 1 would have to be the first of the file; git searches for the others near the line that is given.
    const at = Math.max(2, Number(/^@@ -(\d+)/.exec(lines[start] ?? '')?.[1] ?? 2 + index));
    const header = `@@ -${at},${count(body, ' -')} +${at},${count(body, ' +')} @@`;
    return [header, ...body.map((line) => (line === '' ? ' ' : line))].join('\n');
  });
  return `--- a/${path}\n+++ b/${path}\n${hunks.join('\n')}\n`;
};

const editOf = ({ language, text, before }: Block, folder: string): Edit => {
  const path = /^\+\+\+ (?:b\/)?(\S+)/m.exec(text)?.[1] ?? fileNamedIn(before, folder);
  if (path === undefined) throw new Error(`The paragraph before a block of code names no file: ${before}`);
  return language === 'diff' ? { path, diff: completeDiff(path, text) } : { path, content: text };
};

/** @param folder of the page, relative to the repository */
export const readExample = (markdown: string, heading: string, folder: string): Example => {
  const blocks = blocksOf(sectionOf(markdown, heading)).filter(({ language }) => !COMMANDS.includes(language));
  if (blocks.length === 0) throw new Error(`"### ${heading}" has no code`);
  return { name: heading, edits: blocks.map((block) => editOf(block, folder)) };
};
