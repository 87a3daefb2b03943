/**
 * `npm run lint:words`: the word list. It finds names, comments, messages and documents that use a
 * word of our own where the field has one, and says what to write instead. CONTRIBUTING.md has the
 * rules; this file has the words.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Each word or phrase, in lower case, and what to write instead. `HTTPDoorTest` and `door_test` are
 * three words too.
 */
export const WORDS: Record<string, string> = {
  door: 'handler, or route',
  doors: 'handlers, or routes',
  room: 'a limit, memory, or space',
  rooms: 'limits',
  house: 'the repository, or the service',
  street: 'what it is',
  road: 'what it is: a message is sent again, a job is resumed',
  told: 'reported, or confirmed',
  whoever: 'the caller, the worker, or who it is',
  somebody: 'who it is',
  nobody: 'no caller, no tenant, no process',
  anybody: 'any caller, any tenant, any process',
  everybody: 'all callers, all tenants, all processes',
  'by and by': 'when',
  'what it came to': 'its result',
  'what they came to': 'their results',
  'for want of': 'because there is no',
  'under way': 'in flight, or running',
  'in turns': 'in turn, or alternately',
  gate: 'receiver limits',
  gates: 'receiver limits',
  gated: 'limited',
  keeper: 'circuit breaker',
  sealed: 'encrypted',
  seal: 'encrypt',
  seals: 'encrypts',
  unseal: 'decrypt',
  admission: 'load shedding',
  circumstances: 'write context',
  seldom: 'rarely',
  lest: 'so that ... not',
  anew: 'again',
  'of late': 'recently',
  lately: 'recently',
  heal: 'repair',
  heals: 'repairs',
  healed: 'repaired',
  errand: 'request',
  whence: 'from where',
  thither: 'there',
  hereby: 'nothing',
  'the specification': 'which one it is, or the guarantee of lib/README.md',
  'spec md': 'the guarantee of lib/README.md',
  'invariant number': 'the guarantee of lib/README.md',
};

/** Names of others, and values that clients have stored. */
const ALLOWED: RegExp[] = [
  /\bgate_unavailable\b/gi,
  /\bGATE_UNAVAILABLE\b/g,
  // Kubernetes and Argo CD.
  /\bselfHeal\b/g,
  // Of CloudEvents.
  /\bspec\.md, formats\b/g,
  /\b(pod[- ]?security|admission controllers?|feature ?gates?|schedulingGates?)\b/gi,
];

/** Written like `Invariants 2 and 3`. */
const NUMBERED = /\b(invariant)s? \d/gi;

/** What is read: text that people write here. */
const READ = /\.(ts|cjs|mjs|js|md|ya?ml|css|html|tpl)$|^\.ci\/run$/;
/** Past releases, and the list itself with its test. */
const LEFT_OUT = /^CHANGELOG\.md$|^infra\/verify\/documentation\/plain-words\.|^infra\/helm\/event-system\/charts\//;

export interface Finding {
  line: number;
  word: string;
  instead: string;
}

/** Words in lower case, single blanks between: `makeDoor(room_id)` -> ` make door room id `. */
const wordsOf = (text: string): string => {
  const allowed = ALLOWED.reduce((left, name) => left.replaceAll(name, ' '), text).replaceAll(NUMBERED, '$1 number');
  const split = allowed.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return ` ${split
    .replaceAll(/[^A-Za-z]+/g, ' ')
    .trim()
    .toLowerCase()} `;
};

/** A phrase that is wrapped is found at its first line; marks of comments and lists are no words. */
export const findWords = (text: string): Finding[] => {
  const lines = text.split('\n').map(wordsOf);
  return lines.flatMap((words, index) => {
    const next = lines[index + 1] ?? '';
    const isHere = (word: string) =>
      words.includes(` ${word} `) || (!next.includes(` ${word} `) && `${words.trimEnd()}${next}`.includes(` ${word} `));
    return Object.entries(WORDS)
      .filter(([word]) => isHere(word))
      .map(([word, instead]) => ({ line: index + 1, word, instead }));
  });
};

const filesOf = (root: string, paths: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => READ.test(file) && !LEFT_OUT.test(file));

const main = (paths: readonly string[]): number => {
  let count = 0;
  for (const file of filesOf(ROOT, paths)) {
    const inName = findWords(file).map((finding) => ({ ...finding, line: 0 }));
    for (const { line, word, instead } of [...inName, ...findWords(readFileSync(join(ROOT, file), 'utf8'))]) {
      count += 1;
      process.stdout.write(`${file}:${line}: "${word}": write ${instead}\n`);
    }
  }
  process.stdout.write(count === 0 ? 'Plain words throughout.\n' : `${count} words to replace.\n`);
  return count === 0 ? 0 : 1;
};

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
