import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { anchorsOf, type Link, linksOf } from './markdown.ts';

/**
 * Folders of what is installed, copied or generated (.gitignore); those with a dot are not
 * searched.
 */
const IGNORED = ['node_modules', 'swagger-ui', 'generated'];
const DOCUMENTS = ['**/*.md', '.github/**/*.md'];
const OUTSIDE = /^[a-z][a-z+.-]*:/i;
/** A link's text that names a file: words without blanks, the last with an ending. */
const FILE_PATH = /^[\w@.-]+(\/[\w@.-]+)*\.[a-z]{2,5}$/;

/** Every Markdown file below `root`, relative to it. */
export const documentsOf = (root: string): string[] =>
  globSync(DOCUMENTS, { cwd: root, exclude: (name) => IGNORED.includes(name.split('/').at(-1) ?? '') }).sort();

/** What is wrong with one link of `file`, in a sentence; undefined when it resolves. */
const problemOf = (root: string, file: string, { text, target: link }: Link): string | undefined => {
  if (OUTSIDE.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const target = normalize(path === '' ? file : join(dirname(file), decodeURIComponent(path)));
  if (relative('.', target).startsWith('..')) return `${file} links outside of the repository: ${link}`;
  if (!existsSync(join(root, target))) return `${file} links to a file that does not exist: ${link}`;
  if (FILE_PATH.test(text) && !`/${target}`.endsWith(`/${text}`)) return `${file} names ${text}, and links to ${link}`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  const isThere = anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor);
  return isThere ? undefined : `${file} links to a heading that does not exist: ${link}`;
};

/** Every relative link of these files that leads nowhere, in a sentence each. */
export const brokenLinks = (root: string, files: string[]): string[] =>
  files.flatMap((file) =>
    linksOf(readFileSync(join(root, file), 'utf8')).flatMap((link) => problemOf(root, file, link) ?? []),
  );
