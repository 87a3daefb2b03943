import { relative } from 'node:path';
import type { Settings } from './settings.ts';

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const soft = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);

export const say = (line: string): void => {
  process.stdout.write(`${soft(new Date().toISOString().slice(11, 19))} ${line}\n`);
};

/** The two largest units that are not zero: `7 days 2 hours`. */
export const readableDuration = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  const counts = {
    day: Math.floor(seconds / 86_400),
    hour: Math.floor(seconds / 3_600) % 24,
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .slice(0, 2)
    .map(([unit, count]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' ');
};

/** A reminder of an earlier advance. */
const clockLines = (aheadMs: number): string[] =>
  aheadMs > 0
    ? [
        `  The virtual clock is ${bold(`${readableDuration(aheadMs)} ahead`)} of real time and cannot be set back:`,
        `  ${bold('npm run reset')} removes all data, and the next start shows real time again.`,
        '',
      ]
    : [];

/** Shows the addresses of the stack, and how far the virtual clock is ahead. */
export const showAddresses = (settings: Settings, aheadMs: number, startedInMs: number): void => {
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
    ['AWS endpoint', `${aws}  ${soft(`any credentials; one region, ${settings.region}, which every other means too`)}`],
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
      clockLines(aheadMs)
        .map((line) => `${line}\n`)
        .join('') +
      `  Try it: ${bold('npm run demo')} in another terminal. Ctrl-C ends it; the data stays.\n\n`,
  );
};
