/** What is about no one noun: paths and methods, health, documentation, authentication. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { documentProblems, type OpenApiDocument } from '../../kit/openapi-conformance.ts';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import { ROUTES } from '../shapes.ts';

const check = inGroup('system');
const UNKNOWN = '0'.repeat(26);
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const OPEN = ['/', '/health', '/health/ready', '/health/live'];

const PREFIXES: Record<string, string> = { events: 'evt', notifications: 'ntf', endpoints: 'end', keys: 'key' };
const filled = (path: string): string =>
  path.replace('{id}', `${PREFIXES[path.split('/')[3] ?? '']}_${UNKNOWN}`).replace('{job_id}', 'job_none');
const paths = [...new Set(ROUTES.map(([, path]) => path))];
const methodsOf = (path: string): string[] => ROUTES.filter(([, one]) => one === path).map(([method]) => method);
/** `/events/batch` is read as an id too, which no event has. */
const isReadById = (method: string, path: string): boolean => {
  const byId = path.replace(/[^/{}]+$/, '{id}');
  return byId !== path && ROUTES.some(([known, template]) => known === method && template === byId);
};
/** Refused by every route that takes a body, so that asking changes nothing. */
const HARMLESS = { conformance_unknown_field: true };
const bodyFor = (method: string): unknown => (method === 'POST' || method === 'PATCH' ? HARMLESS : undefined);

export const system = [
  check('GET / welcomes and says where the documentation is', async ({ api }) => {
    const { status, body } = await api('GET', '/');
    const message = 'Welcome to the Event Notification Service API';
    deepEqual([status, body], [200, { message, docs: '/docs' }]);
  }),

  check('health says how each dependency is, and nothing else', async ({ api }) => {
    for (const path of ['/health', '/health/', '/health/ready', '/health/ready/']) {
      const answer = await api<{ status: string; version: string; dependencies: Record<string, object> }>('GET', path);
      expectStatus(answer, 200, path);
      deepEqual(Object.keys(answer.body).sort(), ['dependencies', 'status', 'version']);
      equal(answer.body.status, 'ok');
      deepEqual(Object.keys(answer.body.dependencies).sort(), ['dynamodb', 'scheduler', 'sqs']);
      for (const one of Object.values(answer.body.dependencies)) {
        deepEqual(Object.keys(one).sort(), ['latency_ms', 'status']);
      }
      ok(!/http|amazonaws|secret|key|arn:/i.test(answer.text), `it says too much: ${answer.text}`);
    }
  }),

  check('liveness is 200 while the process runs', async ({ api }) => {
    for (const path of ['/health/live', '/health/live/']) expectStatus(await api('GET', path), 200, path);
  }),

  check('the documentation is served by the service from the first byte to the last', async ({ api }) => {
    const page = await api('GET', '/docs');
    expectStatus(page, 200, '/docs');
    match(page.headers.get('content-type') ?? '', /^text\/html/);
    ok(!/(?:src|href)="https?:/.test(page.text), 'the page loads something from elsewhere');
    const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    ok(files.length > 0, 'the page loads nothing: it cannot be Swagger UI');
    for (const file of files) expectStatus(await api('GET', file), 200, file);
  }),

  check('/openapi.json is a sound OpenAPI 3.1 document of every route of the contract', async ({ api }) => {
    const answer = await api<OpenApiDocument | undefined>('GET', '/openapi.json');
    expectStatus(answer, 200, '/openapi.json');
    ok(answer.body?.paths, 'it is no OpenAPI document');
    deepEqual(documentProblems(answer.body), []);
    const documented = Object.entries(answer.body.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/(.)\/$/, '$1')}`),
    );
    const missing = ROUTES.map(([method, path]) => `${method} ${path}`).filter((one) => !documented.includes(one));
    deepEqual(missing, [], 'routes of the contract that the document does not know');
  }),

  check('GET /metrics is Prometheus text without ids or addresses', async ({ api, skip }) => {
    const answer = await api('GET', '/metrics');
    if (answer.status === 404) skip('there is no /metrics here: on Lambda the figures go to CloudWatch');
    if (answer.status === 403) skip('the key does not hold metrics:read');
    expectStatus(answer, 200, '/metrics');
    match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    match(answer.text, /^event_system_\w+/m);
    ok(!/(?:ntf|evt)_[0-9a-z]{26}|@example/.test(answer.text), 'a record or an address is in it');
  }),

  ...paths.map((path) =>
    check(`${path} answers the same with and without trailing slash, and 405 says what it takes`, async ({ api }) => {
      const bare = filled(path);
      const slashed = bare === '/' ? bare : `${bare}/`;
      for (const method of METHODS) {
        const answers = [await api(method, bare, bodyFor(method)), await api(method, slashed, bodyFor(method))];
        const [first, second] = answers.map(({ status, body }) => [status, (body as { code?: string })?.code]);
        deepEqual(second, first, `${method} ${slashed} against ${method} ${bare}`);
        if (methodsOf(path).includes(method)) {
          ok(![404, 405].includes(Number(first?.[0])) || path.includes('{'), `${method} ${bare} is ${first?.[0]}`);
          continue;
        }
        for (const answer of answers) {
          if (isReadById(method, path)) {
            expectProblem(answer, 'not-found');
            continue;
          }
          expectProblem(answer, 'method-not-allowed');
          const allowed = (answer.headers.get('allow') ?? '')
            .split(/, ?/)
            .filter((one) => one !== 'OPTIONS' && one !== 'HEAD');
          deepEqual(allowed.sort(), methodsOf(path).sort(), `Allow of ${method} ${bare}`);
        }
      }
    }),
  ),

  check('an unknown path is a 404 problem', async ({ api }) => {
    for (const path of [
      '/nowhere',
      '/api/v1',
      '/api/v2/events',
      `/api/v1/notifications/ntf_${UNKNOWN}/pause`,
      '/.env',
    ]) {
      expectProblem(await api('GET', path), 'not-found');
    }
  }),

  check(
    'without a key, or with a wrong one, every route but the open ones is 401',
    { needs: ['key'] },
    async ({ api }) => {
      for (const [method, path] of ROUTES) {
        const asked = [method, filled(path), bodyFor(method)] as const;
        const answers = [
          await api(...asked, { authorized: false }),
          await api(...asked, { headers: { authorization: 'Bearer conformance-no-key' } }),
        ];
        for (const answer of answers) {
          if (OPEN.includes(path)) expectStatus(answer, 200, `${method} ${path}`);
          else {
            expectProblem(answer, 'unauthorized');
            match(answer.headers.get('www-authenticate') ?? '', /^Bearer\b/);
          }
        }
      }
      expectStatus(await api('GET', '/openapi.json', undefined, { authorized: false }), 200, '/openapi.json');
      expectStatus(await api('GET', '/docs', undefined, { authorized: false }), 200, '/docs');
    },
  ),
];
