/**
 * Runs before `npm start` and `npm test`, on whatever Node (>= 20) npm has: installs what is missing or out of date, else costs
 * a few milliseconds. Plain JavaScript, because only the Node that it installs reads TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const windows = process.platform === 'win32';
const nodePackage = join(root, 'node_modules', 'node');
const nodeBinary = join(nodePackage, 'bin', windows ? 'node.exe' : 'node');

const succeeds = (command, args, directory, stdio = 'inherit') =>
  spawnSync(command, args, { cwd: directory, stdio, shell: windows }).status === 0;

const fail = (message) => {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
};

// npm tells which npm it is, which works where `npm` itself is a shell script.
const npmPath = process.env.npm_execpath;
const npm = (args, stdio) => {
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  if (npmPath?.endsWith('.js')) return succeeds(process.execPath, [npmPath, ...quiet], root, stdio);
  return succeeds('npm', quiet, root, stdio);
};

/** npm writes the hidden lockfile last: older than ours means that the install is not of these versions, or not whole. */
const isCurrent = () => {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
};

/** Its binary comes by an install script, which npm may have been told to skip. */
const hasNode = () => existsSync(nodeBinary) && statSync(nodeBinary).size > 1_000_000;

const wasCurrent = isCurrent();
if (!wasCurrent) {
  process.stdout.write('Installing packages (first start, or package-lock.json has changed)\n');
  // `ci` also refuses a lockfile that lacks another platform's optional package; `install` takes what this one needs, and
  // has the last word on what is wrong.
  if (!npm(['ci'], ['inherit', 'inherit', 'ignore'])) {
    process.stdout.write('npm ci refused; trying npm install\n');
    if (!npm(['install', '--no-save'])) fail('Installing failed: the lines above say why');
  }
}

if (!hasNode()) succeeds(process.execPath, [join(nodePackage, 'installArchSpecificPackage.js')], nodePackage);
if (!hasNode()) fail(`Node 24 is missing (${nodeBinary}). Try: npm rebuild node, or npm install with scripts allowed.`);

// Only to save time later: when it fails, the start itself says why.
if (!wasCurrent) succeeds(nodeBinary, [join(root, 'localstack', 'supervisor', 'warm.ts')], root, 'ignore');
