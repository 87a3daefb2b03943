/**
 * docker, or podman where there is none: containers that may write nowhere, may do nothing as root,
 * and share this machine's network.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { IMAGE } from '../../container/build.ts';
import { run } from '../../tools/run-program.ts';

interface ContainerOptions {
  role: string;
  env: Record<string, string>;
  /** Folder of this machine -> folder of the container. */
  volume?: [string, string];
}

export interface Container {
  name: string;
  output(): Promise<string>;
  /** Its first process, as this machine numbers it. */
  pid(): Promise<number>;
  /** The image's HEALTHCHECK, once: undefined when healthy, else what it said. */
  health(): Promise<string | undefined>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGTERM. Resolves with the exit code; rejects when SIGKILL was needed after `graceSeconds`. */
  stop(graceSeconds: number): Promise<number>;
  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number>;
  remove(): Promise<void>;
}

export interface Engine {
  command: 'docker' | 'podman';
  start(options: ContainerOptions): Promise<Container>;
  /** A process that passes its signals on to the container, and ends with its exit code. */
  foreground(options: ContainerOptions): { name: string; process: ChildProcess };
  remove(name: string): Promise<void>;
}

/** Without systemd podman cannot run health checks by a timer, and says so at each start and end. */
const NOISE = /^time=.*systemd.*$/gm;
const KILLED = 137;

const works = (command: string, args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

/** podman asks for more open files than a root of a machine within a machine may have. */
const limitsOf = async (command: string): Promise<string[]> => {
  if (command === 'docker') return [];
  const [soft, hard] = (await run('sh', ['-c', 'ulimit -Sn; ulimit -Hn'])).trim().split('\n');
  return ['--ulimit', `nofile=${soft}:${hard}`, '--ulimit', 'nproc=1024:1024'];
};

const HARDENED = ['--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

const variables = (env: Record<string, string>): string[] =>
  Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

/** The command of the image's HEALTHCHECK, without its form (`CMD`). */
export const healthcheckOf = async (command: string): Promise<string[]> => {
  const printed = await run(command, ['image', 'inspect', '--format', '{{json .Config.Healthcheck}}', IMAGE]);
  return ((JSON.parse(printed) as { Test?: string[] } | null)?.Test ?? []).slice(1);
};

const makeContainer = (command: string, name: string): Container => {
  const call = async (...args: string[]): Promise<string> => (await run(command, args)).replace(NOISE, '').trim();
  const inspect = (format: string): Promise<string> => call('inspect', '--format', format, name);
  const ended = async (): Promise<number> => Number(await call('wait', name));
  return {
    name,
    output: () => call('logs', name),
    pid: async () => Number(await inspect('{{.State.Pid}}')),
    health: async () => {
      return call('exec', name, ...(await healthcheckOf(command))).then(
        () => undefined,
        (error: Error) => error.message,
      );
    },
    kill: async () => void (await call('kill', '--signal', 'KILL', name)),
    start: async () => void (await call('start', name)),
    stop: async (graceSeconds) => {
      await call('stop', '--time', String(graceSeconds), name);
      const code = await ended();
      if (code === KILLED) throw new Error(`${name} did not end within ${graceSeconds} s of SIGTERM`);
      return code;
    },
    ended,
    remove: async () => void (await call('rm', '--force', name)),
  };
};

/** What runs containers here; undefined when nothing does. */
export const findEngine = async (): Promise<Engine | undefined> => {
  const docker = await works('docker', ['info']);
  if (!docker && !(await works('podman', ['--version']))) return undefined;
  const command = docker ? 'docker' : 'podman';
  const limits = await limitsOf(command);
  const argsOf = ({ role, env, volume }: ContainerOptions, name: string): string[] => [
    ...['--name', name, ...HARDENED, ...limits],
    ...(volume ? ['--volume', volume.join(':')] : []),
    ...variables({ ROLE: role, ...env }),
    IMAGE,
  ];
  const nameOf = (role: string): string => `event-system-${role}-${randomBytes(3).toString('hex')}`;
  return {
    command,
    start: async (options) => {
      const name = nameOf(options.role);
      // A run that is ended itself leaves no container behind.
      process.once('exit', () => spawnSync(command, ['rm', '--force', name], { stdio: 'ignore' }));
      await run(command, ['run', '--detach', ...argsOf(options, name)]);
      return makeContainer(command, name);
    },
    foreground: (options) => {
      const name = nameOf(options.role);
      return { name, process: spawn(command, ['run', '--rm', ...argsOf(options, name)], { stdio: 'ignore' }) };
    },
    remove: async (name) => void (await run(command, ['rm', '--force', '--ignore', name])),
  };
};
