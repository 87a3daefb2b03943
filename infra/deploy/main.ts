/**
 * `npm run deploy -- --stage <stage>` and `npm run deploy:remove -- --stage <stage>`: the stack on
 * AWS, by the Serverless Framework.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isProd } from '../../lib/platform/stage.ts';
import { type Options, optionsOf, problemsOf, UsageError, warningsOf } from './options.ts';

const USAGE = `npm run deploy -- --stage <stage> [--region us-east-1] [--without-functions]
npm run deploy:remove -- --stage <stage> [--region us-east-1] [--yes]

  --without-functions  table, queues, schedules and a role for pods only, for the container
  --yes                remove a prod stage
`;
const SERVICE = 'event-notification-service';
const cwd = fileURLToPath(new URL('../..', import.meta.url));
const cli = fileURLToPath(new URL('../../node_modules/.bin/serverless', import.meta.url));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Prints the output as it comes. Resolves with it; rejects if the command fails. */
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
        : reject(new Error(`serverless ${args[0]} failed with exit code ${code}; its output is above.`)),
    );
  });

const placeOf = ({ stage, region }: Options): string[] => ['--stage', stage, '--region', region];

const deploy = async (options: Options): Promise<void> => {
  const problems = await problemsOf(options, process.env);
  if (problems.length > 0)
    throw new UsageError(`Nothing was changed. The environment has these problems:\n${problems.join('\n')}`);
  for (const warning of await warningsOf(options, process.env)) say(`Note: ${warning}`);
  const { stage, region, withoutFunctions } = options;
  const printed = await serverless(
    ['deploy', '--verbose', ...placeOf(options)],
    withoutFunctions ? { WITHOUT_FUNCTIONS: '1' } : {},
  );
  const [, url] = /HttpApiUrl: (\S+)/.exec(printed) ?? [];
  say('');
  if (withoutFunctions) {
    say(
      `Deployed: ${SERVICE}-${stage} in ${region}, without functions. The outputs named Env... above are the container's environment,`,
    );
    say('and PodRoleArn (or PodPolicyArn, for a role of your own) is for its service account.');
    return;
  }
  say(`Deployed: ${url ?? 'see HttpApiUrl above'}`);
  say('Next:');
  say(
    `  AWS_REGION=${region} npm run keys -- create --stage ${stage} --scopes events:write,events:read,notifications:write,notifications:read`,
  );
  say(`  npm run smoke -- --url ${url ?? '<url>'} --key <that key>`);
};

const remove = async (options: Options): Promise<void> => {
  const { stage, region, yes } = options;
  const name = `${SERVICE}-${stage}`;
  if (isProd(stage) && !yes)
    throw new UsageError(
      `${name} in ${region} is a prod stage: to remove its functions, queues and schedules, add --yes.`,
    );
  await serverless(['remove', ...placeOf(options)]);
  say(`\nRemoved: functions, queues with their messages, schedules, alarms and logs of ${name} in ${region}.`);
  if (!isProd(stage)) return say('The table was removed with them; nothing is left.');
  say(`Left: the table ${name} with all its data, protected from deletion. Its storage is charged.`);
  say(
    'Before a new deployment of this stage, import it (aws cloudformation create-change-set --change-set-type IMPORT) or delete it:',
  );
  say(`  aws dynamodb update-table --region ${region} --table-name ${name} --no-deletion-protection-enabled`);
  say(`  aws dynamodb delete-table --region ${region} --table-name ${name}`);
};

const [command = '', ...argv] = process.argv.slice(2);
try {
  const options = await optionsOf(argv, process.env);
  await (command === 'remove' ? remove(options) : deploy(options));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
