/**
 * The curl commands of functions/README.md, held against the OpenAPI document: path, method, query
 * and body.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { ownDocument } from '../../../lib/runtime/serverless/api.ts';
import { samplesOf } from './markdown.ts';

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: object;
}

const document = await ownDocument({ authenticated: true, now: Date.now() });
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'document');

/** Every identifier is the same, and a trailing slash changes nothing. */
const shapeOf = (path: string): string => path.replaceAll(/\$\w+|\{\w+\}/g, '{}').replace(/\/$/, '');
const paths = new Map(Object.keys(document.paths ?? {}).map((path) => [shapeOf(path), path]));

const guide = readFileSync(fileURLToPath(new URL('../../../functions/README.md', import.meta.url)), 'utf8');
/** Each on one line: a backslash, or an open quotation mark, goes on in the next. */
const commands = samplesOf(guide, 'sh')
  .flatMap((sample) => sample.replaceAll(/\\?\n[ \t]+/g, ' ').split('\n'))
  .filter((line) => line.startsWith('curl ') && line.includes('$API'));

const readCommand = (command: string) => {
  const [, path = '', query = ''] = /\$API([^\s"?]*)\??([^\s"]*)/.exec(command) ?? [];
  const [, body] = / -d '([^']*)'/.exec(command) ?? [];
  const [, method = body === undefined ? 'GET' : 'POST'] = / -X (\w+)/.exec(command) ?? [];
  return { path: shapeOf(`/api/v1${path}`), query: [...new URLSearchParams(query).keys()], body, method };
};

/** In a sentence each, where the document does not allow what the command sends. */
const problemsOf = (command: string): string[] => {
  const { path, query, body, method } = readCommand(command);
  const template = paths.get(path);
  const item = document.paths?.[template ?? ''] as Record<string, Operation> | undefined;
  const operation = item?.[method.toLowerCase()];
  if (template === undefined || operation === undefined) return [`there is no ${method} ${path}`];
  const known = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
  const unknown = query.filter((name) => !known.includes(name)).map((name) => `${name} is no parameter of ${path}`);
  if (body === undefined) return unknown;
  const escaped = encodeURIComponent(template.replaceAll('/', '~1'));
  const [, type = 'application/json'] = /content-type: ([\w/+-]+)/.exec(command) ?? [];
  const mediaType = encodeURIComponent(type.replaceAll('/', '~1'));
  const validate = ajv.getSchema(
    `document#/paths/${escaped}/${method.toLowerCase()}/requestBody/content/${mediaType}/schema`,
  );
  if (validate === undefined) return [...unknown, `${method} ${path} takes no body`];
  return validate(JSON.parse(body)) ? unknown : [...unknown, `${path}: ${ajv.errorsText(validate.errors)}`];
};

describe('the curl commands of the API guide', () => {
  it.each(commands)('%s', (command) => {
    expect(problemsOf(command)).toEqual([]);
  });

  it('name every operation of the API but those that read one record', () => {
    const shown = new Set(commands.map(readCommand).map(({ method, path }) => `${method} ${path}`));
    const all = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${shapeOf(path)}`),
    );
    const missing = all.filter((one) => one.includes(' /api/v1') && !shown.has(one) && !/^GET .*\{\}$/.test(one));
    expect(missing).toEqual([]);
  });

  it.each([
    ['curl -X PUT $API/notifications/$ID', 'there is no PUT /api/v1/notifications/{}'],
    ['curl "$API/notifications/?entity=1"', 'entity is no parameter of /api/v1/notifications'],
    [`curl $API/erasure -d '{"name":"Ann"}'`, expect.stringContaining('/api/v1/erasure: ')],
  ])('are refused where they are wrong: %s', (command, problem) => {
    expect(problemsOf(command)).toContainEqual(problem);
  });
});
