/**
 * Runs before `npm start` and `npm test`, on whatever Node (>= 20) npm has: installs what is missing or out of date, else costs
 * a few milliseconds. Plain JavaScript, because only the Node that it installs reads TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const nodePackage = join(root, 'node_modules', 'node');
const nodeBinary = join(nodePackage, 'bin', windows ? 'node.exe' : 'node');

const run = (command, args, directory) => {
  const { status, error } = spawnSync(command, args, { cwd: directory, stdio: 'inherit', shell: windows });
  if (status === 0) return;
  process.stderr.write(`\n${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`);
  process.exit(status || 1);
};

/** npm writes the hidden lockfile last: older than ours means that the install is not of these versions, or not whole. */
const isCurrent = () => {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
};

/** Its binary comes by an install script, which npm may have been told to skip. */
const hasNode = () => existsSync(nodeBinary) && statSync(nodeBinary).size > 1_000_000;

if (!isCurrent()) {
  process.stdout.write('Installing packages (first start, or package-lock.json has changed)\n');
  // npm tells which npm it is, which works where `npm` itself is a shell script.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund'];
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], root);
  else run('npm', args, root);
}

if (!hasNode()) run(process.execPath, [join(nodePackage, 'installArchSpecificPackage.js')], nodePackage);
if (!hasNode()) {
  process.stderr.write(
    `Node 24 is missing (${nodeBinary}). Try: npm rebuild node, or npm install with scripts allowed.\n`,
  );
  process.exit(1);
}
