/**
 * `node infra/container/bundle.ts <folder>`: all that runs in the container, as few files: modules that share
 * their chunks, and of node_modules only the files that are reached.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(import.meta.url);

/** Two folders deep like the sources, so that `../../serverless.yml` of a module leads to the same place. */
const CHUNKS = 'lib/chunks';
const ENTRIES = [
  'infra/container/entry.ts',
  'infra/container/health.ts',
  'infra/keys/main.ts',
  'infra/verify/smoke/main.ts',
];
/** localstack/ opens their inner modules one by one. */
const OPENED = ['dynalite', 'fauxqs'];
/** The framework reads a configuration in TypeScript by it; ours is YAML. */
const UNUSED = ['tsx'];

const handlers = async (): Promise<string[]> => {
  const { functions } = await loadServerless({ stage: 'local', functionsOnly: true });
  return Object.values(functions).map(({ handler }) => `${handler.slice(0, handler.lastIndexOf('.'))}.ts`);
};

const bundle = async (out: string): Promise<Metafile> => {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: root,
    entryPoints: [...ENTRIES, ...(await handlers())],
    outbase: '.',
    outdir: out,
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    external: [...OPENED, ...UNUSED],
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
};

const modulesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name}`);

const traced = async (format: 'cjs' | 'esm', entryPoints: string[]): Promise<string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'unused',
    bundle: true,
    write: false,
    format,
    platform: 'node',
    metafile: true,
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs);
};

const PREBUILDS = 'node_modules/classic-level/prebuilds';

/** The files of node_modules that the local AWS opens at run time, and the manifests that lead to them. */
const openedFiles = async (): Promise<string[]> => {
  const dynalite = 'node_modules/dynalite';
  const fauxqs = 'node_modules/fauxqs/dist';
  const opened = await Promise.all([
    traced('cjs', [
      ...modulesIn(`${dynalite}/actions`),
      ...modulesIn(`${dynalite}/validations`),
      `${dynalite}/db/index.js`,
    ]),
    traced('esm', [`${fauxqs}/persistence.js`, `${fauxqs}/sqs/sqsStore.js`, `${fauxqs}/common/md5.js`]),
  ]);
  const prebuilds = readdirSync(join(root, PREBUILDS, `${process.platform}-${process.arch}`));
  const native = prebuilds.map((name) => `${PREBUILDS}/${process.platform}-${process.arch}/${name}`);
  const files = [...opened.flat(), ...native];
  const manifests = [...new Set(files.map((file) => `${packageOf(file)}/package.json`))];
  return [...files, ...manifests];
};

/** `node_modules/a/node_modules/@b/c/d.js` -> `node_modules/a/node_modules/@b/c`. */
const packageOf = (file: string): string => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';

const copy = (path: string, out: string, to = path): void => {
  mkdirSync(dirname(join(out, to)), { recursive: true });
  cpSync(join(root, path), join(out, to), { recursive: true });
};

/** Their licences ask that their text comes along. */
const licences = (files: string[]): string => {
  const packages = [...new Set(files.map(packageOf))].filter(Boolean).sort();
  return packages
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const texts = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
      const text = texts.map((file) => readFileSync(join(root, folder, file), 'utf8').trim()).join('\n\n');
      return `${name} ${version} (${license ?? 'see below'})\n\n${text || 'The package carries no text of its own.'}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
};

/** What is read at run time beside the code. */
const copyAssets = (out: string): void => {
  for (const path of ['serverless.yml', 'infra/resources', 'LICENSE']) copy(path, out);
  for (const name of ['page.html', 'page.css', 'page.client.js'])
    copy(`localstack/inbox/${name}`, out, `${CHUNKS}/${name}`);
  const SwaggerUi = require('../serverless/swagger-ui.cjs');
  new SwaggerUi({ serviceDir: out }).hooks['before:package:createDeploymentArtifacts']();
  // `import.meta.resolve` needs the package's main file to exist, which is not used.
  writeFileSync(join(out, 'node_modules/fauxqs/dist/app.js'), 'export {};\n');
};

const [out] = process.argv.slice(2);
if (!out || (existsSync(out) && readdirSync(out).length > 0)) {
  process.stderr.write('Usage: node infra/container/bundle.ts <a new or empty folder>\n');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const { inputs } = await bundle(out);
const opened = await openedFiles();
for (const file of opened) copy(file, out);
copyAssets(out);
writeFileSync(
  join(out, 'THIRD-PARTY-LICENCES.txt'),
  licences([...Object.keys(inputs), ...opened, 'node_modules/swagger-ui-dist/']),
);
