/**
 * `helm test`, in the service's own image: the smoke client against the Service, with a key of its
 * own where none is given.
 */
import { spawnSync } from 'node:child_process';

const { SERVICE_URL, AUTH_MODE, API_KEY } = process.env;

const node = (script, ...args) => [process.execPath, [script, ...args]];

/**
 * It ends by itself, so that no test leaves a way in. Undefined when it cannot be made, which is
 * then said.
 */
const makeKey = () => {
  const options = ['--scopes', 'admin', '--name', 'helm test', '--expires', 'PT10M'];
  const made = spawnSync(...node('infra/keys/main.mjs', 'create', ...options), { encoding: 'utf8' });
  process.stderr.write(made.stderr);
  return made.status === 0 ? made.stdout.trim() : undefined;
};

const smoke = (key) => {
  if (key === undefined) return 1;
  const env = { ...process.env, API_KEY: key };
  return spawnSync(...node('infra/verify/smoke/main.mjs', '--url', SERVICE_URL), { env, stdio: 'inherit' }).status ?? 1;
};

/** Without a token there is no more to see: it is up, and refuses requests without a token. */
const seeRefusal = async () => {
  const health = await fetch(`${SERVICE_URL}/health`);
  const refused = await fetch(`${SERVICE_URL}/api/v1/notifications`);
  console.log(
    `health ${health.status}, without a token ${refused.status} (smokeTest.tokenSecret: the whole smoke client)`,
  );
  return health.status === 200 && refused.status === 401 ? 0 : 1;
};

if (AUTH_MODE === 'jwt' && !API_KEY) process.exitCode = await seeRefusal();
else process.exitCode = smoke(API_KEY || (AUTH_MODE === 'api-key' ? makeKey() : ''));
