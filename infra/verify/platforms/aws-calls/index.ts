/** Holds what each function called against the role that it was deployed with. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type AwsCall, type Need, needsOf, refusedBy, type Statement, unusedOf } from './needs.ts';

const fileIn = (directory: string): string => join(directory, 'aws-calls.jsonl');

/**
 * The environment for an emulator whose Lambdas run the first `node` of PATH; NODE_OPTIONS is the
 * functions' own.
 */
export const recording = (directory: string): NodeJS.ProcessEnv => {
  const bin = join(directory, 'bin');
  const node = join(bin, 'node');
  const record = new URL('record.mjs', import.meta.url).href;
  mkdirSync(bin);
  writeFileSync(node, `#!/bin/sh\nexec '${process.execPath}' --import '${record}' "$@"\n`);
  chmodSync(node, 0o755);
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  return { PATH: path, AWS_CALLS_FILE: fileIn(directory) };
};

const ask = async (endpoint: string, service: string, path: string): Promise<string> => {
  const scope = `local/20260101/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  const answer = await fetch(`${endpoint}${path}`, { headers: { authorization } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text;
};

interface Deployed {
  FunctionName: string;
  Role: string;
}

const functionsOf = async (endpoint: string): Promise<Deployed[]> => {
  const { Functions, NextMarker } = JSON.parse(await ask(endpoint, 'lambda', '/2015-03-31/functions/?MaxItems=1000'));
  if (NextMarker) throw new Error('more functions are deployed than were listed');
  return Functions;
};

const statementsOf = async (endpoint: string, { Role }: Deployed): Promise<Statement[]> => {
  const RoleName = Role.slice(Role.lastIndexOf('/') + 1);
  const query = new URLSearchParams({ Action: 'GetRolePolicy', Version: '2010-05-08', RoleName, PolicyName: 'needs' });
  const xml = await ask(endpoint, 'iam', `/?${query}`);
  const [, document] = /<PolicyDocument>([^<]+)</.exec(xml) ?? [];
  if (document === undefined) throw new Error(`the role ${RoleName} has no document:\n${xml}`);
  return JSON.parse(decodeURIComponent(document)).Statement;
};

const callsOf = (directory: string): AwsCall[] => {
  const path = fileIn(directory);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line));
};

const oneEach = (needs: Need[]): Need[] => [
  ...new Map(needs.map((need) => [`${need.action} ${need.resource}`, need])).values(),
];

/** Each refusal in a sentence; says what no call has shown to be needed, which rests on reading the code. */
export const roleProblems = async (
  endpoint: string,
  directory: string,
  say: (text: string) => void,
): Promise<string[]> => {
  const calls = callsOf(directory);
  if (calls.length === 0) return ['no call of a function to AWS was recorded'];
  const problems: string[] = [];
  const unused = new Map<string, string[]>();
  for (const deployed of await functionsOf(endpoint)) {
    const { FunctionName: name, Role } = deployed;
    const account = Role.split(':')[4] ?? '';
    const statements = await statementsOf(endpoint, deployed);
    const needs = oneEach(
      calls.filter(({ functionName }) => functionName === name).flatMap((call) => needsOf(call, account)),
    );
    for (const { action, resource } of refusedBy(statements, needs))
      problems.push(`${name} calls ${action} at ${resource}, which its role does not allow`);
    const shortName = name.slice(name.lastIndexOf('-') + 1);
    for (const { action, resource } of unusedOf(statements, needs)) {
      const pair = `${action} at ${resource.slice(resource.lastIndexOf(':') + 1)}`;
      unused.set(pair, [...(unused.get(pair) ?? []), shortName]);
    }
  }
  for (const [pair, names] of unused) say(`allowed, and not called in this run: ${pair}: ${names.join(', ')}`);
  return problems;
};
