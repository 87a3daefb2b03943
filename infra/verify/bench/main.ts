/**
 * `npm run bench [-- row ...] [--write] [--stored N] [--members N] [--against DIR] [--abuse]`: measures what
 * README.md shows.
 */
import { parseArgs } from 'node:util';
import { abuse } from './abuse.ts';
import { batch } from './batch.ts';
import { bill } from './bill.ts';
import { bulk } from './bulk.ts';
import { bulkhead } from './bulkhead.ts';
import { bundle } from './bundle.ts';
import { burst } from './burst.ts';
import { cpu } from './cpu.ts';
import { fair } from './fair.ts';
import { features } from './features.ts';
import { growth } from './growth.ts';
import { lateness } from './lateness.ts';
import { describeMachine, showMachine } from './machine.ts';
import { overload } from './overload.ts';
import { post } from './post.ts';
import { priority } from './priority.ts';
import { profile } from './profile.ts';
import { type Kept, keep, showTable } from './report.ts';
import type { Row } from './row.ts';
import { scale } from './scale.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { tracing } from './tracing.ts';

const rows: Record<string, Row> = {
  lateness,
  burst,
  post,
  batch,
  bill,
  features,
  bundle,
  growth,
  start,
  bulk,
  bulkhead,
  fair,
  priority,
  overload,
  scale,
  tracing,
  cpu,
  profile,
  abuse,
  soak,
};
const order = Object.keys(rows);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    stored: { type: 'string', default: '1000000' },
    members: { type: 'string', default: '1000' },
    against: { type: 'string' },
    abuse: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const stored = Number(values.stored);
const members = Number(values.members);
const unknown = positionals.filter((name) => !rows[name]);
if (unknown.length > 0 || ![stored, members].every((count) => Number.isInteger(count) && count >= 1_000)) {
  process.stderr.write(
    `Rows: ${order.join(', ')}. --write keeps the figures, --stored N (>= 1000) sizes the large store, --members N (>= 1000) the bulk cancel, --against DIR has abuse, cpu and tracing measure another checkout too, --abuse is for soak.\n`,
  );
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const optionsOf: Record<string, string> = {
  growth: stored === 1_000_000 ? '' : ` --stored ${stored}`,
  bulk: members === 1_000 ? '' : ` --members ${members}`,
  soak: values.abuse ? ' --abuse' : '',
  cpu: values.against === undefined ? '' : ' --against DIR',
};
const command = (name: string): string => `npm run bench -- ${name}${optionsOf[name] ?? ''}`;

const measure = async (name: string, row: Row): Promise<Kept> => {
  const machine = describeMachine();
  say(`${name}: ${showMachine(machine)}`);
  const result = await row({
    stored,
    members,
    underAttack: values.abuse,
    ...(values.against !== undefined && { against: values.against }),
    say: (line) => say(`  ${line}`),
  });
  return { date: new Date().toISOString().slice(0, 10), machine, command: command(name), ...result };
};

const measured: Record<string, Kept> = {};
for (const name of positionals.length > 0 ? positionals : order) {
  const row = rows[name];
  if (!row) continue;
  measured[name] = await measure(name, row);
  // Row by row, so that one that breaks off takes no other's figures along.
  if (values.write) keep(measured, order);
}
const kept = Object.values(measured);
process.stdout.write(
  `\n${showTable(kept.flatMap(({ figures }) => figures))}\n\n${kept.flatMap(({ notes }) => notes).join('\n')}\n`,
);
// A figure that misses its goal is a finding, not a failure of the run; CI reads the table.
