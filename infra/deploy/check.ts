/**
 * `npm run check:aws`: what would be deployed, judged without an account. Packages a dev and a prod stage, and the ground alone
 * (--without-functions); then cfn-lint on each template, parliament on each policy in it, and our own rules. No warning is let
 * pass; what is silenced has its reason here.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../platforms/child.ts';
import { groundProblems } from './ground-rules.ts';
import { policiesOf, type Template, templateProblems } from './template-rules.ts';

const CFN_LINT = 'cfn-lint==1.58.0';
const PARLIAMENT = 'parliament==1.6.4';
const root = fileURLToPath(new URL('../..', import.meta.url));
const venv = join(root, 'node_modules/.cache/check-aws');
const cli = join(root, 'node_modules/.bin/serverless');

/** W3005: the framework names a function's role as a dependency beside the GetAtt that already is one. Redundant, not wrong. */
const LINT_IGNORED = ['W3005'];
/** RESOURCE_STAR: sending mail and SMS is to addresses, which are no resources; our own rules hold everything else to its resource. */
const POLICY_IGNORED = ['RESOURCE_STAR'];

const STAGES = [
  { name: 'dev', stage: 'dev', env: {} },
  { name: 'prod', stage: 'prod', env: { ALARM_EMAIL: 'operators@example.com' } },
  { name: 'without functions', stage: 'prod', env: { WITHOUT_FUNCTIONS: '1' } },
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const tools = async (): Promise<void> => {
  const stamp = join(venv, 'installed');
  const wanted = `${CFN_LINT} ${PARLIAMENT}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  mkdirSync(venv, { recursive: true });
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin/pip'), ['install', '--quiet', CFN_LINT, PARLIAMENT]);
  writeFileSync(stamp, wanted);
};

const lint = async (path: string): Promise<string[]> => {
  const args = [
    '--format',
    'parseable',
    '--regions',
    'us-east-1',
    '--ignore-checks',
    ...LINT_IGNORED,
    '--template',
    path,
  ];
  try {
    return (await run(join(venv, 'bin/cfn-lint'), args)).split('\n').filter(Boolean);
  } catch (error) {
    return [`cfn-lint: ${(error as Error).message}`];
  }
};

const SCRIPT = `
import json, sys
from parliament import analyze_policy_string
for policy in json.load(sys.stdin if len(sys.argv) < 2 else open(sys.argv[1])):
    for finding in analyze_policy_string(json.dumps(policy["document"])).findings:
        if finding.issue not in ${JSON.stringify(POLICY_IGNORED)}:
            print(policy["where"], finding.issue, finding.detail)
`;

const judgePolicies = async (template: Template, directory: string): Promise<string[]> => {
  const path = join(directory, 'policies.json');
  writeFileSync(path, JSON.stringify(policiesOf(template)));
  return (await run(join(venv, 'bin/python'), ['-c', SCRIPT, path])).split('\n').filter(Boolean);
};

await tools();
const directory = mkdtempSync(join(tmpdir(), 'check-aws-'));
const problems: string[] = [];
try {
  for (const { name, stage, env } of STAGES) {
    const output = join(directory, name.replaceAll(' ', '-'));
    const environment = { ...process.env, SLS_TELEMETRY_DISABLED: '1', ...env };
    await run(cli, ['package', '--stage', stage, '--package', output], { cwd: root, env: environment });
    const path = join(output, 'cloudformation-template-update-stack.json');
    const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
    const found = [
      ...(await lint(path)),
      ...(await judgePolicies(template, directory)),
      ...templateProblems(template),
      ...groundProblems(template, stage),
    ];
    say(
      `${name}: ${Object.keys(template.Resources).length} resources, ${policiesOf(template).length} policies, ${found.length} findings`,
    );
    problems.push(...found.map((finding) => `${name}: ${finding}`));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
for (const problem of problems) say(`  ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
