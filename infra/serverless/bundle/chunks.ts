/**
 * For bundles with chunks: what a function imports late, and what it shares with that. A chunk is named
 * after its function (`functions/jobs/get.chunk-<hash>.mjs`), since serverless-esbuild puts a file into
 * every zip unless it is named after another function. One that the function cannot reach is removed:
 * esbuild makes one for each `import()` in a file, also where nothing calls it.
 */
import { rmSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

const unreachable = ({ outputs }: Metafile, isEntry: (source: string) => boolean): string[] => {
  const paths = Object.keys(outputs);
  const reached = new Set(paths.filter((path) => isEntry(outputs[path]?.entryPoint ?? '')));
  for (const path of reached)
    for (const { path: imported, external } of outputs[path]?.imports ?? []) if (!external) reached.add(imported);
  return paths.filter((path) => !reached.has(path));
};

const chunks: Plugin = {
  name: 'chunks',
  setup: ({ initialOptions, onEnd }) => {
    const [entry = ''] = initialOptions.entryPoints as string[];
    const pathOf = (file: string): string => resolve(initialOptions.absWorkingDir ?? '', file);
    const isEntry = (source: string): boolean => pathOf(source) === pathOf(entry);
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`;
    initialOptions.metafile = true;
    onEnd(({ metafile }) => {
      for (const path of metafile ? unreachable(metafile, isEntry) : []) rmSync(pathOf(path));
    });
  },
};

export default [chunks];
