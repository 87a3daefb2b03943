/** The SDK as the container has it: bundled, in chunks of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCollector } from '../../lib/testing/otlp-collector.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';

const lib = join(import.meta.dirname, '../../lib');
const PROGRAM = `
  import { startTracing } from '${lib}/runtime/tracing/tracing.ts';
  import { readTracingSettings } from '${lib}/runtime/tracing/settings.ts';
  import { inEntrySpan, inSpan } from '${lib}/telemetry/tracing.ts';
  const tracing = await startTracing(readTracingSettings(process.env).settings);
  await inEntrySpan('entry', {}, () => inSpan('inner', {}, async () => {}));
  await tracing.close();
`;

let folder: string;
let sdkChunks: string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracing-bundle-'));
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    stdin: { contents: PROGRAM, resolveDir: lib, loader: 'ts' },
    outdir: folder,
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs);
  sdkChunks = outputs.flatMap(([path, { inputs }]) =>
    Object.keys(inputs).some((input) => input.includes('sdk-trace')) ? [path] : [],
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('exports spans where an endpoint is set', async () => {
  const collector = await startCollector();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  await promisify(execFile)(process.execPath, [join(folder, 'stdin.mjs')], { env });
  expect(collector.spans().map(({ name }) => name)).toEqual(['inner', 'entry']);
  await collector.close();
});

it('is not in the module that every process loads', async () => {
  expect(sdkChunks.length).toBeGreaterThan(0);
  expect(sdkChunks.filter((path) => path.endsWith('stdin.mjs'))).toEqual([]);
});
