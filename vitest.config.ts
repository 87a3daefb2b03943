import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// Whatever AWS the shell is set up for (a profile, endpoints, a region), no test may find it: the
// SDK prefers a profile to the keys that tests give it.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];

/**
 * `npm run test:slow`: the tools that judge a running service, on services with deliberate faults,
 * and what loads a whole stack.
 */
const SLOW = '**/*.slow.test.ts';

/** What `npm run test:quick` leaves out: whole stacks, processes of their own, thousands of records. */
const LONG = [
  'infra/verify/e2e/**',
  'infra/verify/fuzz/**',
  'localstack/{storage/damage,sqs/virtual-clock,dynamodb/sweeper}.test.ts',
  'localstack/{entrypoints,provision,supervisor,testing}/**',
  'infra/{helm,supply-chain}/**',
  'infra/verify/documentation/{scenario,webhook-samples}.test.ts',
  'lib/aws/table/{large-records,listing,partitions}.test.ts',
  'lib/aws/stores/encrypted-stores.test.ts',
  'lib/http/paging.test.ts',
];

const excludedIn = (mode: string): string[] => {
  if (mode !== 'quick') return [...configDefaults.exclude, SLOW];
  process.stdout.write(`Left out, and part of npm test: ${LONG.join(', ')}\n`);
  return [...configDefaults.exclude, SLOW, ...LONG];
};

/**
 * What is kept for the life of a process (clients, settings, a logger) is their subject, or is in
 * their way.
 */
const OWN_PROCESS = [
  'lib/{aws,runtime,telemetry}/**/*.test.ts',
  'lib/config.test.ts',
  'lib/http/middleware/{access-log,request-span}.test.ts',
];

/** Starting a process costs more than most of these tests: the rest of `lib` share theirs. */
const projectsOf = (exclude: string[]): TestProjectInlineConfiguration[] => [
  {
    extends: true,
    test: { name: 'lib', isolate: false, include: ['lib/**/*.test.ts'], exclude: [...exclude, ...OWN_PROCESS] },
  },
  {
    extends: true,
    test: { name: 'others', include: ['{functions,localstack,infra}/**/*.test.ts', ...OWN_PROCESS], exclude },
  },
];

export default defineConfig(({ mode }) => ({
  test: {
    ...(mode === 'slow' ? { include: [SLOW] } : { projects: projectsOf(excludedIn(mode)) }),
    // Nets for what hangs, on a machine that may be many times slower than this one: no test is about them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    setupFiles: ['lib/testing/quiet.ts'],
    silent: 'passed-only',
    pool: 'forks',
    // Whole-stack files mostly wait, for leases and due times: more of them than cores are run side by side.
    maxWorkers: 3,
  },
}));
