/**
 * `npm run check:aws`: checks what would be deployed (dev, prod, without functions) without an account, by
 * cfn-lint, parliament and our own rules. Ignored findings have a reason.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tagsOf } from '../serverless/tags.ts';
import { run } from '../tools/run-program.ts';
import { resourceProblems } from './resource-rules.ts';
import { switchRules, tagRules } from './switch-rules.ts';
import { policiesOf, type Template, templateProblems } from './template-rules.ts';

const CFN_LINT = 'cfn-lint==1.58.0';
const PARLIAMENT = 'parliament==1.6.4';
const SERVICE = 'event-notification-service';
const root = fileURLToPath(new URL('../..', import.meta.url));
const venv = join(root, 'node_modules/.cache/check-aws');
const cli = join(root, 'node_modules/.bin/serverless');

/**
 * W3005: the framework makes a function depend on its role, which a GetAtt already does. Redundant,
 * not wrong.
 */
const LINT_IGNORED = ['W3005'];
/**
 * RESOURCE_STAR: SMS without an originator, and traces, have no resource. Our own rules refuse any
 * other wildcard.
 */
const POLICY_IGNORED = ['RESOURCE_STAR'];

const TABLE_KMS_KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const reference = (name: string): string => `{{resolve:secretsmanager:elsewhere:SecretString:${name}}}`;
/** Every switch, and every variable that may be a secret. */
const EVERYTHING = {
  ALARM_EMAIL: 'operators@example.com',
  EMAIL_FROM: 'notifications@example.com',
  SMS_ORIGINATION_IDENTITY: 'pool-0123456789abcdef0123456789abcdef',
  TABLE_KMS_KEY_ARN,
  XRAY: 'on',
  STACK_TAGS: 'team=growth,cost-center=42',
  FIELD_KEYS: reference('FIELD_KEYS'),
  FIELD_KMS_KEY_ARN: TABLE_KMS_KEY_ARN,
  SMTP_URL: reference('SMTP_URL'),
  LAMBDA_CONCURRENCY: '1000',
};
const STAGES: { name: string; stage: string; env: NodeJS.ProcessEnv }[] = [
  { name: 'dev', stage: 'dev', env: {} },
  { name: 'prod, everything on', stage: 'prod', env: EVERYTHING },
  { name: 'without functions', stage: 'prod', env: { WITHOUT_FUNCTIONS: '1', TABLE_KMS_KEY_ARN } },
];
/** The check does not depend on the machine's own environment. */
const UNSET = Object.fromEntries(
  [...Object.keys(EVERYTHING), 'CURSOR_SECRET', 'WEBHOOK_SECRETS', 'LAMBDA_RESERVED'].map((name) => [name, undefined]),
);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const installTools = async (): Promise<void> => {
  const stamp = join(venv, 'installed');
  const versions = `${CFN_LINT} ${PARLIAMENT}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === versions) return;
  mkdirSync(venv, { recursive: true });
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin/pip'), ['install', '--quiet', CFN_LINT, PARLIAMENT]);
  writeFileSync(stamp, versions);
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

const lintPolicies = async (template: Template, directory: string): Promise<string[]> => {
  const path = join(directory, 'policies.json');
  writeFileSync(path, JSON.stringify(policiesOf(template)));
  return (await run(join(venv, 'bin/python'), ['-c', SCRIPT, path])).split('\n').filter(Boolean);
};

/** Tags are not part of the template. */
const stackTagsIn = (output: string): Record<string, string> => {
  const state = readFileSync(join(output, 'serverless-state.json'), 'utf8');
  return (JSON.parse(state) as { service: { provider: { stackTags: Record<string, string> } } }).service.provider
    .stackTags;
};

await installTools();
const directory = mkdtempSync(join(tmpdir(), 'check-aws-'));
const problems: string[] = [];
try {
  for (const { name, stage, env } of STAGES) {
    const output = join(directory, name.replaceAll(' ', '-'));
    const environment = { ...process.env, ...UNSET, SLS_TELEMETRY_DISABLED: '1', ...env };
    await run(cli, ['package', '--stage', stage, '--package', output], { cwd: root, env: environment });
    const path = join(output, 'cloudformation-template-update-stack.json');
    const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
    const found = [
      ...(await lint(path)),
      ...(await lintPolicies(template, directory)),
      ...templateProblems(template),
      ...resourceProblems(template, stage),
      ...switchRules(template, env),
      ...tagRules(stackTagsIn(output), { service: SERVICE, stage, ...tagsOf(env) }),
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
