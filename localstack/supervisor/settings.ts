import { resolve } from 'node:path';
import { BAD_PORTS } from './bad-ports.ts';
import { keptSecrets } from './secrets.ts';

export interface Settings {
  port: number;
  awsPort: number;
  smtpPort: number | undefined;
  metricsPort: number | undefined;
  /** The one region of the local AWS. */
  region: string;
  /** Absolute. */
  dataDir: string;
  logToTerminal: boolean;
}

const portOf = (env: NodeJS.ProcessEnv, name: string, fallback: number): number => {
  const text = env[name] || String(fallback);
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= (fallback === 0 ? 0 : 1) && port <= 65_535))
    throw new Error(`${name} must be a port number, not "${text}"`);
  if (name !== 'LOCAL_SMTP_PORT' && BAD_PORTS.has(port))
    throw new Error(`${name} must not be ${port}: browsers and fetch refuse to connect to that port. Take another.`);
  return port;
};

const REGION = 'us-east-1';
const PORTS = { PORT: 3000, LOCAL_AWS_PORT: 4566, LOCAL_SMTP_PORT: 0, METRICS_PORT: 0 };

/** The ports must differ. 0 is none. */
const checkApart = (ports: Record<string, number>): void => {
  const taken = new Map<number, string>();
  for (const [name, port] of Object.entries(ports).filter(([, port]) => port !== 0)) {
    const other = taken.get(port);
    if (other !== undefined) throw new Error(`${name} must not be the same as ${other}, ${port}`);
    taken.set(port, name);
  }
};

/** Absolute. */
export const dataDirOf = (env: NodeJS.ProcessEnv): string => resolve(env.DATA_DIR || '.localstack');

/** Reads the variables of the stack. Throws an Error with a message for people. */
export const readSettings = (env: NodeJS.ProcessEnv): Settings => {
  const entries = Object.entries(PORTS).map(([name, fallback]) => [name, portOf(env, name, fallback)]);
  const ports: typeof PORTS = Object.fromEntries(entries);
  checkApart(ports);
  return {
    port: ports.PORT,
    awsPort: ports.LOCAL_AWS_PORT,
    smtpPort: ports.LOCAL_SMTP_PORT || undefined,
    metricsPort: ports.METRICS_PORT || undefined,
    region: env.AWS_REGION || REGION,
    dataDir: dataDirOf(env),
    logToTerminal: env.LOG_STDOUT === 'true',
  };
};

/** Variables that win over those below: a shell may be set up for another AWS. */
const ELSEWHERE = /^AWS_(ENDPOINT_URL_.+|IGNORE_CONFIGURED_ENDPOINT_URLS|PROFILE)$/;

/** The environment of the children: `env` wins over the defaults. */
export const childEnvironment = (
  env: NodeJS.ProcessEnv,
  settings: Pick<Settings, 'port' | 'awsPort' | 'dataDir'>,
): NodeJS.ProcessEnv => ({
  AUTH_MODE: 'none',
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  WEBHOOK_ALLOW_PRIVATE: 'true',
  WEBHOOK_ALLOW_HTTP: 'true',
  ...keptSecrets(settings.dataDir),
  ...Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' && !ELSEWHERE.test(name))),
  // The children use this stack, whatever the shell is set up for.
  AWS_ENDPOINT_URL: `http://127.0.0.1:${settings.awsPort}`,
  PORT: String(settings.port),
  LOCAL_AWS_PORT: String(settings.awsPort),
  DATA_DIR: settings.dataDir,
});
