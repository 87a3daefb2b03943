/** Commands as a README has them, so that what is tried is what is written. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../../tools/run-program.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const INDENTED = /^ {4}/;

/**
 * The block of commands that is nearest below the line that begins with `marker`. Throws when there
 * is none.
 */
export const commandsAfter = (file: string, marker: string): string => {
  const lines = readFileSync(`${ROOT}/${file}`, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith(marker));
  const from = lines.findIndex((line, index) => index > at && INDENTED.test(line));
  if (at < 0 || from < 0) throw new Error(`${file} has no commands after "${marker}"`);
  const length = lines.slice(from).findIndex((line) => !INDENTED.test(line));
  return lines
    .slice(from, from + length)
    .map((line) => line.replace(INDENTED, ''))
    .join('\n');
};

/**
 * In the repository's folder, or another; ends with the first command that fails. Rejects with what
 * was printed.
 */
export const runCommands = async (
  commands: string,
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<string> => {
  const child: Child = startChild('sh', ['-ec', commands], { env: { ...process.env, ...env }, cwd });
  const code = await child.ended;
  if (code !== 0) throw new Error(`ended with ${code}:\n${commands}\n${child.output().slice(-4_000)}`);
  return child.output();
};
