/**
 * `npm run platforms -- [--tries n] [name ...]`: holds the contract against the service in each place where
 * it runs. Exit code 0: all conform; 1: something does not; 2: asked for what there is not.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run, startChild } from '../../tools/run-program.ts';
import type { Result } from '../conformance/run.ts';
import { container } from './container.ts';
import { embedded } from './embedded.ts';
import { istio } from './istio/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { localstack } from './localstack.ts';
import { ministack } from './ministack.ts';
import { offline } from './offline.ts';
import type { Platform, PlatformTarget } from './platform.ts';
import { judged, type Limit } from './verdict.ts';

const platforms: Platform[] = [embedded, offline, container, ministack, localstack, kubernetes, istio];

interface Verdict {
  name: string;
  seconds: number;
  conformance: string;
  /** A sentence each. */
  wrong: string[];
  met: Limit[];
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const targetArgs = ({ url, host, ca }: PlatformTarget): string[] => [
  ...['--url', url],
  ...(host === undefined ? [] : ['--host', host]),
  ...(ca === undefined ? [] : ['--ca', ca]),
];

const conformanceArgs = (target: PlatformTarget, json: string): string[] => [
  ...targetArgs(target),
  ...['--receiver-host', target.receiverHost ?? '127.0.0.1'],
  ...(target.localAws === undefined ? [] : ['--local-aws', target.localAws]),
  ...(target.realTime ? ['--real-time'] : []),
  ...(target.webhookSecrets ?? []).flatMap((secret) => ['--webhook-secret', secret]),
  ...(target.atOnce === undefined
    ? []
    : ['--at-once', String(target.atOnce), '--deliveries', String(5 * target.atOnce)]),
  ...['--json', json],
];

const judge = async (target: PlatformTarget, directory: string): Promise<Omit<Verdict, 'name' | 'seconds'>> => {
  const env = { ...process.env, ...(target.key !== undefined && { API_KEY: target.key }) };
  const wrong: string[] = [];
  await run(process.execPath, [script('../smoke/main.ts'), ...targetArgs(target)], { env }).catch((error: Error) =>
    wrong.push(`smoke: ${error.message}`),
  );
  const json = join(directory, 'conformance.json');
  const suite = startChild(process.execPath, [script('../conformance/main.ts'), ...conformanceArgs(target, json)], {
    env,
    logPath: join(directory, 'conformance.log'),
  });
  const code = await suite.ended;
  const beside = (await target.check?.()) ?? [];
  if (code !== 0 && code !== 1) {
    const said = `conformance ended with ${code}:\n${suite.output().slice(-6_000)}`;
    return { conformance: 'not begun', wrong: [...wrong, said, ...beside], met: [] };
  }
  const suited = judged(JSON.parse(readFileSync(json, 'utf8')) as Result, target.limits);
  return { ...suited, wrong: [...wrong, ...suited.wrong, ...beside] };
};

const verdictOf = async (platform: Platform): Promise<Verdict> => {
  const startedAt = performance.now();
  const directory = mkdtempSync(join(tmpdir(), `platform-${platform.name}-`));
  const finish = (result: Pick<Verdict, 'conformance' | 'wrong' | 'met'>): Verdict => {
    if (result.wrong.length === 0) rmSync(directory, { recursive: true, force: true });
    else say(`  its files are in ${directory}`);
    return { name: platform.name, seconds: (performance.now() - startedAt) / 1_000, ...result };
  };
  const notBegun = (why: string): Verdict => finish({ conformance: 'not begun', wrong: [why], met: [] });
  const missing = await platform.missing?.();
  if (missing !== undefined) return notBegun(missing);
  say(`${platform.name}: starting`);
  let target: PlatformTarget | undefined;
  try {
    target = await platform.start({ directory, say: (text) => say(`  ${text}`) });
    say(`${platform.name}: ${target.url}`);
    return finish(await judge(target, directory));
  } catch (error) {
    return notBegun((error as Error).message);
  } finally {
    await target?.close();
  }
};

const parsed = (() => {
  try {
    return parseArgs({ options: { tries: { type: 'string', default: '1' } }, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
})();
const wanted = parsed.positionals;
/** On a shared machine a platform may meet a minute in which nothing is in time: each try is reported. */
const tries = Number(parsed.values.tries);
if (!Number.isInteger(tries) || tries < 1 || tries > 3) {
  process.stderr.write('--tries must be a whole number from 1 to 3\n');
  process.exit(2);
}
const unknown = wanted.filter((name) => !platforms.some((platform) => platform.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No platform is called ${unknown.join(', ')}; there are ${platforms.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const verdicts: (Verdict & { attempt: number })[] = [];
for (const platform of platforms) {
  if (wanted.length > 0 && !wanted.includes(platform.name)) continue;
  for (let attempt = 1; ; attempt += 1) {
    const verdict = await verdictOf(platform);
    for (const sentence of verdict.wrong) say(`  WRONG: ${sentence}`);
    const isLast = verdict.wrong.length === 0 || attempt === tries;
    if (isLast) verdicts.push({ ...verdict, attempt });
    if (isLast) break;
  }
}

say('\n| platform | conformance | smoke and its own checks | seconds |\n| --- | --- | --- | --- |');
for (const { name, conformance, wrong, seconds, attempt } of verdicts) {
  const beside = `${wrong.length === 0 ? 'ok' : 'WRONG'}${attempt > 1 ? `, try ${attempt}` : ''}`;
  say(`| ${name} | ${conformance} | ${beside} | ${seconds.toFixed(0)} |`);
}
const met = verdicts.flatMap((verdict) => verdict.met.map((limit) => ({ ...limit, platform: verdict.name })));
if (met.length > 0) say('\nbeyond the platform, and no fault of the service:');
for (const { platform, check, reason } of met) say(`- ${platform}: "${check}": ${reason}`);
process.exitCode = verdicts.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
