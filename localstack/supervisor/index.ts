import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openClock } from '../clock.ts';
import { openDataDirectory } from '../storage/data-format.ts';
import { type Child, keepAlive } from './child.ts';
import { openFolder } from './folder.ts';
import type { Lock } from './lock.ts';
import { type LogFile, openLogFile, unlessFull } from './log-file.ts';
import { watchParent } from './parent.ts';
import { say, showAddresses } from './screen.ts';
import { childEnvironment, readSettings, type Settings } from './settings.ts';

/** Together less than the 10 s in which everything must end. */
const patience = { serviceMs: 6_500, awsMs: 2_500 };

const assertFree = async (variable: string, port: number | undefined): Promise<void> => {
  if (port === undefined) return;
  const probe = createServer();
  probe.listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is in use by another program. Stop it, or set ${variable} to another port.`);
  }
  probe.close();
  await once(probe, 'close');
};

/** `processes.json`: process ids and ports, for tools, tests and signals. */
const makeRegister = ({ dataDir, port, awsPort }: Settings) => {
  const path = join(dataDir, 'processes.json');
  const processes: Record<string, number> = { main: process.pid };
  const save = (): void =>
    unlessFull(() => {
      writeFileSync(`${path}.new`, JSON.stringify({ ...processes, port, aws_port: awsPort }));
      renameSync(`${path}.new`, path);
    });
  return {
    note: (name: string) => (pid: number) => {
      processes[name] = pid;
      save();
    },
    remove: () => rmSync(path, { force: true }),
  };
};

/** Runs both children, and ends them in order. A first start that fails leaves nothing. */
export const runStack = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const settings = readSettings(env);
  const folder = await openFolder(settings.dataDir);
  try {
    await runIn(settings, env, folder);
  } catch (error) {
    folder.undo();
    throw error;
  }
};

/** The lock is held until this process ends, also if it rejects. */
const runIn = async (settings: Settings, env: NodeJS.ProcessEnv, lock: Lock): Promise<void> => {
  const { port, awsPort, smtpPort, metricsPort } = settings;
  const ports = { PORT: port, LOCAL_AWS_PORT: awsPort, LOCAL_SMTP_PORT: smtpPort, METRICS_PORT: metricsPort };
  await Promise.all(Object.entries(ports).map(([variable, wanted]) => assertFree(variable, wanted)));
  openDataDirectory(settings.dataDir);
  const register = makeRegister(settings);
  const environment = childEnvironment(env, settings);
  const logs: LogFile[] = [];
  const keep = (name: string, entry: string): Child => {
    const log = settings.logToTerminal ? undefined : openLogFile(join(settings.dataDir, `${name}.log`));
    if (log) logs.push(log);
    return keepAlive({
      name: name === 'aws' ? 'local AWS' : name,
      entry,
      env: environment,
      log,
      say,
      onSpawn: register.note(name),
    });
  };
  const aws = keep('aws', 'aws-child.ts');
  const service = keep('service', 'service-child.ts');

  let ended: Promise<void> | undefined;
  /** The service first: its work in flight needs the local AWS. */
  const stop = (): Promise<void> => {
    ended ??= (async () => {
      await service.stop(patience.serviceMs);
      await aws.stop(patience.awsMs);
      for (const log of logs) log.close();
      register.remove();
    })();
    return ended;
  };

  const end = (reason: string): void => {
    say(`${reason}: ending`);
    stop().then(() => {
      lock.release();
      process.exit(0);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  watchParent(env, () => end('the process that started this has ended'));

  try {
    await Promise.all([aws.ready, service.ready]);
  } catch (error) {
    if (ended) return ended;
    await stop();
    throw error;
  }
  const clock = openClock(settings.dataDir);
  showAddresses(settings, clock.offset(), process.uptime() * 1_000);
  clock.close();
};
