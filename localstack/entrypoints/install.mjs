/**
 * Runs before `npm start` and `npm test`, on the Node (>= 20) of npm: installs what is missing or
 * out of date. Plain JavaScript, because only the Node that it installs reads TypeScript.
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

// npm sets its own path, which works where `npm` is a shell script.
const npmPath = process.env.npm_execpath;
const npm = (args, stdio) => {
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  if (npmPath?.endsWith('.js')) return succeeds(process.execPath, [npmPath, ...quiet], root, stdio);
  return succeeds('npm', quiet, root, stdio);
};

/**
 * npm writes the hidden lockfile last: if it is older than ours, the install is of other versions
 * or incomplete.
 */
const isCurrent = () => {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
};

/** An install script adds the binary, and npm may be configured to skip it. */
const hasNode = () => existsSync(nodeBinary) && statSync(nodeBinary).size > 1_000_000;

const wasCurrent = isCurrent();
if (!wasCurrent) {
  process.stdout.write('Installing packages (first start, or package-lock.json has changed)\n');
  // `ci` refuses a lockfile that lacks an optional package of another platform; `install` installs
  // those of this one.
  if (!npm(['ci'], ['inherit', 'inherit', 'ignore'])) {
    process.stdout.write('npm ci refused; trying npm install\n');
    if (!npm(['install', '--no-save'])) fail('Installing failed: see the lines above');
  }
}

if (!hasNode()) succeeds(process.execPath, [join(nodePackage, 'installArchSpecificPackage.js')], nodePackage);
if (!hasNode()) fail(`Node 24 is missing (${nodeBinary}). Try: npm rebuild node, or npm install with scripts allowed.`);

// It only saves time: if it fails, the start says why.
if (!wasCurrent) succeeds(nodeBinary, [join(root, 'localstack', 'supervisor', 'warm.ts')], root, 'ignore');
