/** What is run on a copy, and what failed of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../../../tools/run-program.ts';

/** In a sentence each. */
export type Faults = string[];

const OUTPUT_CHARACTERS = 1_500;

const tool = async (cwd: string, name: string, args: readonly string[]): Promise<Faults> => {
  const child = startChild(process.execPath, [join(cwd, 'node_modules/.bin', name), ...args], { cwd });
  const code = await child.ended;
  return code === 0 ? [] : [`${name} ended with ${code}: ${child.output().slice(-OUTPUT_CHARACTERS)}`];
};

export const checkTypes = (cwd: string): Promise<Faults> => tool(cwd, 'tsc', ['--noEmit']);

/** @param files those that the example changes */
export const checkLint = (cwd: string, files: readonly string[]): Promise<Faults> =>
  tool(cwd, 'biome', ['check', ...files]);

export const checkImports = (cwd: string): Promise<Faults> =>
  tool(cwd, 'depcruise', ['--config', '.dependency-cruiser.mjs', 'functions', 'lib', 'localstack', 'infra']);

interface Report {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const REPORT = 'vitest-report.json';
const LINES_OF_A_FAILURE = 3;

const faultsIn = (report: Report): Faults =>
  report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [`${name}: ${message}`];
    return failed.map(({ fullName, failureMessages }) => {
      const why = failureMessages.join('\n').split('\n').slice(0, LINES_OF_A_FAILURE).join('\n');
      return `${fullName}: ${why}`;
    });
  });

/** The failing tests by name. @param args of vitest: files, folders, options */
export const checkTests = async (cwd: string, ...tests: readonly string[]): Promise<Faults> => {
  const args = ['run', '--reporter=json', `--outputFile=${REPORT}`, ...tests];
  const failed = await tool(cwd, 'vitest', args);
  const report = join(cwd, REPORT);
  if (failed.length === 0 || !existsSync(report)) return failed;
  return faultsIn(JSON.parse(readFileSync(report, 'utf8')) as Report);
};
