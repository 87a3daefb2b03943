import { relative } from 'node:path';
import type { Settings } from './settings.ts';

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const soft = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);

export const say = (line: string): void => {
  process.stdout.write(`${soft(new Date().toISOString().slice(11, 19))} ${line}\n`);
};

/** One screen that says where things are. */
export const showWhereThingsAre = (settings: Settings, startedInMs: number): void => {
  const api = `http://localhost:${settings.port}`;
  const aws = `http://127.0.0.1:${settings.awsPort}`;
  const folder = relative(process.cwd(), settings.dataDir) || '.';
  const places = [
    ['API', `${api}/api/v1/`],
    ['Docs', `${api}/docs`],
    ['Health', `${api}/health`],
    ['Metrics', `${api}/metrics`],
    ['Inbox', `http://localhost:${settings.awsPort}/_local/inbox`],
    ['Clock', `${aws}/_local/clock`],
    ['AWS endpoint', `${aws}  ${soft('any credentials, any region')}`],
    ...(settings.smtpPort ? [['SMTP', `smtp://127.0.0.1:${settings.smtpPort}`]] : []),
    ['Data', folder.startsWith('..') ? settings.dataDir : folder],
    [
      'Log',
      settings.logToTerminal ? 'this terminal' : `${folder.startsWith('..') ? settings.dataDir : folder}/service.log`,
    ],
  ];
  const lines = places.map(([name = '', place]) => `  ${name.padEnd(14)}${place}`);
  process.stdout.write(
    `\n${bold('Event Notification Service')} is ready ${soft(`(${(startedInMs / 1_000).toFixed(1)} s)`)}\n\n${lines.join('\n')}\n\n` +
      `  Try it: ${bold('npm run demo')} in another terminal. Ctrl-C ends it; the data stays.\n\n`,
  );
};
