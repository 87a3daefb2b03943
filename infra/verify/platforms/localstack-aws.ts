/**
 * LocalStack without Docker for the queues, Amazon's DynamoDB Local for the table, and our
 * Scheduler, since LocalStack's never fires.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../localstack/testing/stack.ts';
import { answers, type Child, run, startChild, untilReady } from '../../tools/run-program.ts';
import { EMULATED } from './emulated.ts';
import type { Surroundings } from './platform.ts';
import { installPython } from './python.ts';

/** The last that runs on Python 3.11, and without a token. */
const LOCALSTACK = { name: 'localstack-4.12.0', packages: ['localstack-core[runtime]==4.12.0'], asOf: '2025-12-20' };
const DYNAMODB_LOCAL = '2.6.1';
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url));
const scheduler = fileURLToPath(new URL('../../../localstack/entrypoints/scheduler.ts', import.meta.url));

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>${DYNAMODB_LOCAL}</version>
    </dependency>
  </dependencies>
</project>
`;

export const missingJava = (): Promise<string | undefined> =>
  Promise.all([run('java', ['-version']), run('mvn', ['-version'])]).then(
    () => undefined,
    () => 'Java 17 and Maven are needed for DynamoDB Local: apt-get install openjdk-17-jre-headless maven',
  );

/** Resolves with the folder of its libraries. */
const installDynamoDbLocal = async (): Promise<string> => {
  const folder = join(cache, `dynamodb-local-${DYNAMODB_LOCAL}`);
  const libraries = join(folder, 'lib');
  if (existsSync(join(folder, 'complete'))) return libraries;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), pom);
  await run('mvn', ['--quiet', '--batch-mode', MAVEN_PLUGIN, `-DoutputDirectory=${libraries}`], { cwd: folder });
  writeFileSync(join(folder, 'complete'), '');
  return libraries;
};

interface Started {
  child: Child;
  /** Rejects while it does not answer. */
  probe(url: string): Promise<unknown>;
}

type Start = (port: number, surroundings: Surroundings) => Promise<Started>;

const startLocalStack: Start = async (port, { directory }) => {
  const programs = await installPython(LOCALSTACK);
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    SERVICES: 'sqs',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_VOLUME_DIR: join(directory, 'localstack'),
    // Nothing is asked of the internet.
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
  };
  const logPath = join(directory, 'localstack.log');
  const child = startChild(join(programs, 'python'), ['-m', 'localstack.runtime.main'], { env, logPath });
  return { child, probe: (url) => answers(`${url}/_localstack/health`) };
};

const startDynamoDbLocal: Start = async (port, { directory }) => {
  const libraries = await installDynamoDbLocal();
  const java = [`-Djava.library.path=${libraries}`, '-Xmx512m', '-cp', `${libraries}/*`];
  const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
  const flags = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)];
  const options = { cwd: directory, logPath: join(directory, 'dynamodb.log') };
  const child = startChild('java', [...java, main, ...flags], options);
  // Any answer will do: it has none for those who do not sign.
  return { child, probe: (url) => fetch(url, { signal: AbortSignal.timeout(5_000) }) };
};

const startScheduler =
  (endpoint: string): Start =>
  async (port, { directory }) => {
    const flags = ['--endpoint', endpoint, '--port', String(port), '--data-dir', join(directory, 'scheduler')];
    const child = startChild(process.execPath, [scheduler, ...flags], { logPath: join(directory, 'scheduler.log') });
    return { child, probe: (url) => answers(`${url}/schedule-groups`) };
  };

export interface LocalAws {
  /** The endpoint of each service, by the SDK's own variables. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** Starts all three. Rejects when one does not start; the others have ended then. */
export const startLocalAws = async (surroundings: Surroundings): Promise<LocalAws> => {
  const children: Child[] = [];
  const close = async (): Promise<void> => void (await Promise.all(children.map((child) => child.stop())));
  const start = async (what: string, begin: Start): Promise<string> => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const { child, probe } = await begin(port, surroundings);
    children.push(child);
    await untilReady(what, child, () => probe(url), 120_000);
    surroundings.say(`${what} at ${url}`);
    return url;
  };
  try {
    const sqs = await start(LOCALSTACK.packages.join(' '), startLocalStack);
    return {
      environment: {
        AWS_ENDPOINT_URL: sqs,
        AWS_ENDPOINT_URL_DYNAMODB: await start(`DynamoDB Local ${DYNAMODB_LOCAL}`, startDynamoDbLocal),
        AWS_ENDPOINT_URL_SCHEDULER: await start('our Scheduler', startScheduler(sqs)),
        ...EMULATED,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
