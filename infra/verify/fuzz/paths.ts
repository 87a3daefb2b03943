/**
 * Paths that mean another place than they say, methods that no route takes, and lists asked with
 * what is no cursor of theirs.
 */
import type { Operation } from './document.ts';
import { type FuzzContext, sweep, tryRequest } from './explore.ts';
import { TEXTS } from './hostile.ts';
import { curlOf, type FuzzRequest, send } from './request.ts';

type Expected = FuzzRequest & { about?: string; expected?: readonly number[] };

const TRAVERSALS = [
  '/docs/../../package.json',
  '/docs/..%2f..%2fpackage.json',
  '/docs/%2e%2e/%2e%2e/package.json',
  '/docs/%252e%252e%252fpackage.json',
  '/docs/..%5c..%5cpackage.json',
  '/docs/..%c0%afpackage.json',
  '/docs/%00',
  '/docs/swagger-ui.css%00.js',
  '/docs/....//package.json',
  '/docs//etc/passwd',
  '/docs/%2fetc%2fpasswd',
  '/docs/file:%2f%2f%2fetc%2fpasswd',
  '/docs/swagger-ui-bundle.js.br',
  '/docs/constructor',
  '/docs/__proto__',
  '/.git/config',
  '/.env',
  '/package.json',
  '/serverless.yml',
  '/%2e/health',
  '/./health',
  '/api/v1/../../health',
  '/api//v1/events',
  '/api/v1/events//',
  '/api/v1/events/%2e%2e',
  '/api/v1/events/..;/notifications',
  '/API/V1/EVENTS',
  '/api/v1/events%2f',
  '/api/v1/events%3flimit=1',
  '/api/v1/events/%23',
  '/api/v1/events;v=1',
  '//169.254.169.254/latest',
  '/%',
  '/%zz',
  '/%ff',
  '/api/v1/events/%ff',
  '/api/v1/events/%ed%a0%80',
  `/${'a/'.repeat(2_000)}`,
  `/api/v1/events/${'a'.repeat(7_000)}`,
  `/api/v1/events/${'%41'.repeat(2_000)}`,
  '/__proto__',
  '/constructor/prototype',
  '/metrics/../health',
  '/_local/clock',
];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'];

const pathOf = ({ template }: Operation): string => template.replace(/\{\w+\}/g, `ntf_${'0'.repeat(26)}`);

const expectedOf = (method: string, known: Operation[]): number[] => {
  if (method === 'OPTIONS') return [204];
  // As GET answers: for an id of nothing, and for readiness, too.
  return method === 'HEAD' && known.some((one) => one.method === 'GET') ? [200, 404, 503] : [404, 405];
};

/** What the document does not have must be a 404, a 405 or what OPTIONS and HEAD are. */
const methodShots = (context: FuzzContext): Expected[] => {
  const templates = [...new Set(context.operations.map(({ template }) => template))];
  return templates.flatMap((template) => {
    const known = context.operations.filter((one) => one.template === template);
    const path = known[0] ? pathOf(known[0]) : template;
    return METHODS.filter((method) => !known.some((one) => one.method === method)).map((method) => ({
      method,
      path,
      about: `${method} ${template}`,
      expected: expectedOf(method, known),
    }));
  });
};

const lists = (context: FuzzContext): Operation[] =>
  context.operations.filter((one) => one.method === 'GET' && one.parameters.some(({ name }) => name === 'cursor'));

const altered = (cursor: string): string[] => [
  cursor.slice(1),
  cursor.slice(0, -1),
  `${cursor}A`,
  `${cursor}=`,
  `${cursor.slice(0, 8)}${cursor[8] === 'A' ? 'B' : 'A'}${cursor.slice(9)}`,
  `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.at(-1)}`,
  cursor.toLowerCase(),
  `${cursor}${cursor}`,
  [...cursor].reverse().join(''),
  Buffer.from(cursor, 'base64url').toString('latin1'),
];

const withCursor = ({ template }: Operation, cursor: string, more = ''): FuzzRequest => ({
  method: 'GET',
  path: `${template}?limit=1&cursor=${encodeURIComponent(cursor.toWellFormed())}${more}`,
});

/** A genuine cursor of each list, altered, taken to another list, and to another query of its own. */
const cursorShots = async (context: FuzzContext): Promise<Expected[]> => {
  const all: Expected[] = [];
  for (const list of lists(context)) {
    const { headers } = await send(context.client, { method: 'GET', path: `${list.template}?limit=1` });
    const genuine = /[?&]cursor=([^&>]+)/.exec(headers.get('link') ?? '')?.[1];
    const garbage = [
      ...TEXTS.map((text) => text.slice(0, 2_000)),
      'A'.repeat(1_024),
      'A'.repeat(1_025),
      'e30',
      'bnVsbA',
    ];
    all.push(...garbage.map((text) => ({ ...withCursor(list, text), expected: [400] })));
    if (genuine === undefined) continue;
    const others = lists(context).filter((one) => one !== list);
    all.push(
      { ...withCursor(list, genuine), expected: [200] },
      { ...withCursor(list, genuine, '&limit=2'), expected: [400] },
      { ...withCursor(list, genuine, '&since=2020-01-01&due_after=2020-01-01'), expected: [400] },
      ...altered(genuine).map((cursor) => ({ ...withCursor(list, cursor), expected: [400] })),
      ...others.map((other) => ({ ...withCursor(other, genuine), expected: [400] })),
    );
  }
  return all;
};

/** A traversal may lead nowhere or to what is open anyway; what it answers must not be a file of ours. */
const sweepTraversals = async (context: FuzzContext): Promise<void> => {
  for (const path of TRAVERSALS) {
    const request: FuzzRequest = { method: 'GET', path };
    const wrong = await tryRequest(context, 'paths', request, (_, { status, text }) =>
      /root:.*:0:0|"dependencies"|^service:|\[core\]/.test(text) || (status >= 300 && status < 400)
        ? [`leads to ${text.slice(0, 80)}`]
        : [],
    );
    for (const what of wrong)
      context.tally.found({
        campaign: 'paths',
        what: `${path.slice(0, 80)}: ${what}`,
        command: curlOf(context.apiUrl, request),
      });
  }
};

export const sweepPaths = async (context: FuzzContext): Promise<void> => {
  await sweepTraversals(context);
  await sweep(context, 'methods', methodShots(context));
  await sweep(context, 'cursors', await cursorShots(context));
};
