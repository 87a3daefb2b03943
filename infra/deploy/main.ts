/** `npm run deploy -- --stage <stage>` and `npm run deploy:remove -- --stage <stage>`: the stack on AWS, by the Serverless Framework. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isProd } from '../serverless/stage-name.ts';
import { type Asked, optionsOf, problemsOf, UsageError, warningsOf } from './options.ts';

const USAGE = `npm run deploy -- --stage <stage> [--region us-east-1] [--without-functions]
npm run deploy:remove -- --stage <stage> [--region us-east-1] [--yes]

  --without-functions  table, queues, schedules and a role for pods only, for the container
  --yes                remove a prod stage
`;
const SERVICE = 'event-notification-service';
const cwd = fileURLToPath(new URL('../..', import.meta.url));
const cli = fileURLToPath(new URL('../../node_modules/.bin/serverless', import.meta.url));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Its words go through as they come, and are kept. Rejects when it ends badly. */
const serverless = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(cli, args, {
      cwd,
      env: { ...process.env, SLS_TELEMETRY_DISABLED: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        printed += chunk;
        to.write(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(printed)
        : reject(new Error(`serverless ${args[0]} ended with ${code}; what it said is above.`)),
    );
  });

const placeOf = ({ stage, region }: Asked): string[] => ['--stage', stage, '--region', region];

const deploy = async (asked: Asked): Promise<void> => {
  const problems = await problemsOf(asked, process.env);
  if (problems.length > 0)
    throw new UsageError(`Nothing was touched. The environment is not enough:\n${problems.join('\n')}`);
  for (const warning of await warningsOf(asked, process.env)) say(`Note: ${warning}`);
  const { stage, region, withoutFunctions } = asked;
  const printed = await serverless(
    ['deploy', '--verbose', ...placeOf(asked)],
    withoutFunctions ? { WITHOUT_FUNCTIONS: '1' } : {},
  );
  const [, url] = /HttpApiUrl: (\S+)/.exec(printed) ?? [];
  say('');
  if (withoutFunctions) {
    say(
      `The ground is there: ${SERVICE}-${stage} in ${region}. The outputs above named Env... are the container's environment,`,
    );
    say('PodRoleArn (or PodPolicyArn for a role of yours) is for its service account.');
    return;
  }
  say(`Deployed: ${url ?? 'see HttpApiUrl above'}`);
  say('Next:');
  say(
    `  AWS_REGION=${region} npm run keys -- create --stage ${stage} --scopes events:write,events:read,notifications:write,notifications:read`,
  );
  say(`  npm run smoke -- --url ${url ?? '<url>'} --key <that key>`);
};

const remove = async (asked: Asked): Promise<void> => {
  const { stage, region, yes } = asked;
  const name = `${SERVICE}-${stage}`;
  if (isProd(stage) && !yes)
    throw new UsageError(
      `${name} in ${region} is a prod stage: to remove its functions, queues and schedules, add --yes.`,
    );
  await serverless(['remove', ...placeOf(asked)]);
  say(`\nRemoved: functions, queues with what waited in them, schedules, alarms and logs of ${name} in ${region}.`);
  if (!isProd(stage)) return say('The table went with them; nothing is left.');
  say(`Left, with all its data and its charge for storage: the table ${name}, protected from deletion.`);
  say(
    'A new deployment of this stage must take it over (aws cloudformation create-change-set --change-set-type IMPORT), or be rid of it first:',
  );
  say(`  aws dynamodb update-table --region ${region} --table-name ${name} --no-deletion-protection-enabled`);
  say(`  aws dynamodb delete-table --region ${region} --table-name ${name}`);
};

const [command = '', ...argv] = process.argv.slice(2);
try {
  const asked = await optionsOf(argv, process.env);
  await (command === 'remove' ? remove(asked) : deploy(asked));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
