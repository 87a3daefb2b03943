/**
 * The import law (lib/README.md, "Layout"): which folder may import which. `npm run
 * lint:imports` checks it. Tests may import what they test with; everything else holds for them
 * too.
 */

const TESTS = String.raw`\.(test|testing|chart|conformance)\.ts$|^lib/testing/|^localstack/testing/`;

/** Named by a command, a configuration or a page, not by an import. */
const ENTRY_POINTS = String.raw`/main\.ts$|\.cjs$|\.d\.ts$|\.client\.js$|/(health|skewed-clock)\.ts$`;

/** Each folder or file may import only what stands before it: so no two of them can import each other. */
const ORDER = {
  lib: [
    'errors.ts',
    'platform',
    'schema',
    'concurrency',
    'store',
    'telemetry',
    'batch',
    'channels',
    'auth',
    'endpoints',
    'notifications',
    'fences',
    'events',
    'delivery',
    'jobs',
    'dead-letters',
    'schedules',
    'erasure',
    'bulk',
    'job-kinds',
    'health',
    'aws',
    'config.ts',
    'queue',
    'http',
    'adapters.ts',
    'composition',
    'app.ts',
    'runtime',
  ],
  'lib/auth': ['principal.ts', 'api-keys', 'jwt', 'rate-limit'],
  'lib/aws': [
    'unavailable.ts',
    'retries.ts',
    'sha256.ts',
    'client-settings.ts',
    'first-attempt.ts',
    'clients.ts',
    'field-encryption',
    'table',
    'items',
    'stores',
    'queues',
  ],
  'lib/notifications': ['content', 'state', 'workers'],
  'lib/runtime': ['serverless', 'http', 'queues', 'tracing'],
  localstack: [
    'storage',
    'clock.ts',
    'http',
    'faults.ts',
    'sts',
    'kms',
    'dynamodb',
    'sqs',
    'scheduler',
    'inbox',
    'ses',
    'sms',
    'local-api',
    'gateway.ts',
    'server.ts',
    'provision',
    'supervisor',
    'entrypoints',
    'main.ts',
    'start.mjs',
  ],
  'localstack/dynamodb': ['dynalite.ts', 'key-range.ts', 'group-commit.ts', 'patches', 'index.ts'],
  'localstack/sqs': ['message.ts', 'fauxqs.ts', 'policy.ts', 'patches', 'api', 'index.ts'],
  infra: [
    'tools',
    'serverless',
    'supply-chain',
    'helm',
    'keys',
    'examples',
    'deploy',
    'container',
    'verify',
    'observability',
  ],
  'infra/verify': [
    'kit',
    'documentation',
    'browser',
    'openapi',
    'smoke',
    'conformance',
    'fuzz',
    'e2e',
    'chaos',
    'bench',
    'platforms',
  ],
};

const NOUNS =
  '^lib/(auth|endpoints|notifications|fences|events|delivery|jobs|dead-letters|schedules|erasure|bulk|health)/';

const pathOf = (folder, name) => `^${folder}/${name.replace('.', String.raw`\.`)}${name.includes('.') ? '$' : '/'}`;

const layers = Object.entries(ORDER).flatMap(([folder, names]) =>
  names.slice(0, -1).map((name, index) => ({
    name: `${folder}/${name} comes before ${names[index + 1]}`,
    comment: `${folder}/${name} may import only what stands before it in the list ORDER of .dependency-cruiser.mjs.`,
    severity: 'error',
    from: { path: pathOf(folder, name), pathNot: TESTS },
    to: { path: names.slice(index + 1).map((later) => pathOf(folder, later)) },
  })),
);

/** What is in none of the lists could be imported by anything, and import anything. */
const placed = ['lib', 'localstack', 'infra', 'infra/verify'].map((folder) => ({
  name: `${folder}: every folder and file has its place`,
  comment: `Put it into the list ORDER of .dependency-cruiser.mjs, after what it imports.`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: [TESTS, ...ORDER[folder].map((name) => pathOf(folder, name))] },
  to: {},
}));

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid('no cycle of files', 'Two files that import each other are one file, or three.', {}, { circular: true }),
    ...layers,
    ...placed,
    forbid(
      'lib imports nothing above it',
      'lib is the product; handlers, local AWS and tools are built on it.',
      { path: '^lib/' },
      { path: '^(functions|localstack|infra)/' },
    ),
    forbid(
      'localstack never imports infra',
      'The local AWS runs without the tools around the product.',
      { path: '^localstack/' },
      { path: '^(infra|functions)/' },
    ),
    forbid(
      'functions import lib alone',
      'A handler is a schema, one call and a status.',
      { path: '^functions/', pathNot: TESTS },
      { path: '^(localstack|infra)/' },
    ),
    forbid(
      'a noun knows no adapter',
      'What a noun needs of the outside it says in its repository.ts; lib/app.ts brings both together.',
      { path: NOUNS, pathNot: TESTS },
      { path: String.raw`^lib/(http|queue|aws|channels/[^/]+|runtime)/|^lib/(app|adapters|config)\.ts$` },
    ),
    forbid(
      'a channel loads what sends only to send',
      'A file of lib/channels says what the channel is; `load` imports the rest by import(), so that no other bundle has it.',
      { path: String.raw`^lib/channels/[^/]+\.ts$`, pathNot: TESTS },
      {
        path: '^lib/channels/[^/]+/|node_modules/@(aws-sdk|smithy)/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'a noun uses no internals of another',
      'Types, state and services of another noun may be used; how its texts are made and its workers work may not.',
      { path: '^lib/(endpoints|notifications|events|delivery|jobs|dead-letters|erasure)/', pathNot: TESTS },
      { path: '^lib/[^/]+/(workers|content)/', pathNot: '^lib/$1/' },
    ),
    forbid(
      'the AWS SDK stays in adapters',
      'lib/aws and lib/channels speak to AWS.',
      { path: '^(lib|functions)/', pathNot: ['^lib/(aws|channels|testing)/', TESTS] },
      { path: 'node_modules/@(aws-sdk|smithy)/' },
    ),
    forbid(
      'network and files stay in adapters',
      'lib/aws, lib/channels and lib/runtime speak to the outside; lib/README.md names the three files besides.',
      {
        path: '^lib/',
        pathNot: [
          String.raw`^lib/(aws|channels|runtime|testing)/|^lib/http/(api-description|swagger-assets)\.ts$`,
          TESTS,
        ],
      },
      {
        path: '^(node:)?(fs|http|https|http2|dns|tls|dgram|child_process)(/promises)?$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'OpenTelemetry stays in telemetry',
      'lib/telemetry makes spans, lib/runtime/tracing exports them.',
      { path: '^(lib|functions)/', pathNot: ['^lib/(telemetry|runtime/tracing|testing)/', TESTS] },
      { path: 'node_modules/@opentelemetry/' },
    ),
    forbid(
      'tests are imported by tests',
      'What only tests need is in no bundle.',
      { pathNot: [TESTS, '^infra/verify/', '^infra/(observability|deploy|container)/'] },
      { path: TESTS },
    ),
    forbid(
      'a judge from outside knows nothing of the service',
      'The smoke client and the conformance suite run against remote services: no code of lib, no test runner.',
      { path: '^infra/verify/(smoke|conformance)/', pathNot: TESTS },
      { path: '^lib/|node_modules/vitest/', reachable: true },
    ),
    forbid(
      'every import is found',
      'A module that does not exist, or a package that package.json does not name.',
      {},
      { couldNotResolve: true, pathNot: '^(aws-lambda|otlp-generated)' },
    ),
    forbid(
      'no module without an importer',
      'Dead code is removed.',
      { orphan: true, pathNot: [TESTS, ENTRY_POINTS] },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^infra/verify/openapi/clients/|^functions/system/swagger-ui/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
