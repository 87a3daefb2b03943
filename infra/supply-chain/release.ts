/**
 * `node infra/supply-chain/release.ts v1.2.3`: prints the notes of that version from CHANGELOG.md.
 * Exit code 1: a file states another version, or the changelog has no notes of it.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The text of a release, by path from the root. */
export type ReleaseFiles = Record<(typeof FILES)[number], string>;

const FILES = [
  'package.json',
  'package-lock.json',
  'infra/helm/event-system/Chart.yaml',
  'infra/container/Dockerfile',
  'CHANGELOG.md',
] as const;

/** Every place that states the version, and how. */
const STATED: [keyof ReleaseFiles, RegExp][] = [
  ['package.json', /^ {2}"version": "(.*)"/m],
  ['package-lock.json', /^ {2}"version": "(.*)"/m],
  ['infra/helm/event-system/Chart.yaml', /^version: (.*)$/m],
  ['infra/helm/event-system/Chart.yaml', /^appVersion: (.*)$/m],
  ['infra/container/Dockerfile', /^ARG VERSION=(.*)$/m],
];

/** What stands under the heading `## [version] - date`; undefined without one. */
export const notesOf = (changelog: string, version: string): string | undefined => {
  const sections = changelog.split(/^(?=## )/m);
  const section = sections.find((text) => /^## \[(.*)\] - \d{4}-\d\d-\d\d$/m.exec(text)?.[1] === version);
  return section?.slice(section.indexOf('\n')).trim();
};

/** Why this version cannot be released from these files, one sentence each. */
export const releaseProblems = (files: ReleaseFiles, version: string): string[] => {
  const problems = STATED.flatMap(([file, pattern]) => {
    const stated = pattern.exec(files[file])?.[1];
    return stated === version ? [] : [`${file} states version ${stated ?? '(none)'}, the tag ${version}`];
  });
  const notes = notesOf(files['CHANGELOG.md'], version);
  return notes ? problems : [...problems, `CHANGELOG.md has no notes under a heading "## [${version}] - <date>"`];
};

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../..');
  const version = (process.argv[2] ?? '').replace(/^v/, '');
  const files = Object.fromEntries(FILES.map((file) => [file, readFileSync(join(root, file), 'utf8')])) as ReleaseFiles;
  const problems = releaseProblems(files, version);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exit(1);
  process.stdout.write(`${notesOf(files['CHANGELOG.md'], version)}\n`);
}
