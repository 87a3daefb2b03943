/**
 * Whether what the API says is what its own document says: every exchange of a file is held against
 * `/openapi.json`.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from './client.ts';

/** A request and its answer. */
export interface Exchange {
  method: string;
  path: string;
  /** What was sent, as it was given. */
  sent: unknown;
  headers: Record<string, string>;
  answer: Answer<unknown>;
}

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<
    string,
    { description?: string; content?: Record<string, { schema: object }>; headers?: Record<string, object> }
  >;
}
export interface OpenApiDocument {
  openapi: string;
  info?: { title?: string; version?: string };
  tags?: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const ROOT = 'http://openapi.test/document';
const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/(?<=[^/])\/$/, '') : path);

const fits = (template: string, path: string): boolean => {
  const wanted = withoutSlash(template).split('/');
  const given = withoutSlash(path).split('/');
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith('{') || part === given[at]);
};

/** Compiles schemas where they stand in the document, so that their references resolve. */
const makeCheck = (document: OpenApiDocument) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, ROOT);
  return (pointer: string[], value: unknown): string | undefined => {
    const validate = ajv.getSchema(`${ROOT}#/${pointer.map(escaped).join('/')}`);
    if (!validate) return `no schema at ${pointer.join('/')}`;
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
};

type Check = ReturnType<typeof makeCheck>;

const parsed = (sent: unknown): unknown => {
  if (typeof sent !== 'string') return sent;
  try {
    return JSON.parse(sent);
  } catch {
    return undefined; // Sent to be refused.
  }
};

/** The items of a batch that were taken; undefined: it is no batch. */
const takenItems = (sent: unknown, { body }: Answer<unknown>): unknown[] | undefined => {
  const { results } = (body ?? {}) as { results?: { status: number }[] };
  const { items } = (sent ?? {}) as { items?: unknown[] };
  if (!Array.isArray(results) || !Array.isArray(items)) return undefined;
  return items.filter((_, index) => (results[index]?.status ?? 0) < 300);
};

/**
 * What was taken must be what the document says is taken. CloudEvents in binary mode have their
 * content type from the data.
 */
const judgeRequest = (check: Check, at: string[], { sent, headers, answer }: Exchange): string | undefined => {
  if (sent === undefined || Object.keys(headers).some((name) => name.startsWith('ce-'))) return undefined;
  const mediaType = (headers['content-type'] ?? 'application/json').split(';')[0] ?? '';
  const body = parsed(sent);
  if (mediaType === 'application/cloudevents+json') return check(['components', 'schemas', 'CloudEvent'], body);
  const items = takenItems(body, answer);
  if (items?.length === 0) return undefined;
  const taken = items ? { ...(body as object), items } : body;
  return check([...at, 'requestBody', 'content', mediaType, 'schema'], taken);
};

/**
 * A batch of CloudEvents is also taken where events are published one by one; it is documented at
 * its own path.
 */
const pathOf = ({ path, headers }: Exchange): string => {
  const [bare = ''] = path.split('?');
  const isBatch = headers['content-type']?.startsWith('application/cloudevents-batch+json');
  return isBatch ? bare.replace(/^\/api\/v1\/events\/?$/, '/api/v1/events/batch') : bare;
};

const judgeExchange = (document: OpenApiDocument, check: Check, exchange: Exchange): string[] => {
  const { method, answer } = exchange;
  const path = pathOf(exchange);
  const template = Object.keys(document.paths).find((one) => fits(one, path));
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  const mediaType = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (mediaType === 'application/problem+json' && (!operation || answer.status === 405)) {
    const problem = check(['components', 'schemas', 'Problem'], answer.body);
    return problem ? [problem] : [];
  }
  if (!operation || template === undefined) return [];
  const at = ['paths', template, method.toLowerCase()];
  const response = operation.responses[answer.status];
  if (!response) return [`${answer.status} is not documented`];
  if (!response.content && mediaType === '') return [];
  if (!response.content?.[mediaType]) return [`${answer.status} ${mediaType} is not documented`];
  const missing = Object.entries(response.headers ?? {}).flatMap(([name, header]) =>
    (header as { required?: boolean }).required && !answer.headers.has(name) ? [`no header ${name}`] : [],
  );
  const body = check([...at, 'responses', String(answer.status), 'content', mediaType, 'schema'], answer.body);
  const request = answer.status < 300 && operation.requestBody ? judgeRequest(check, at, exchange) : undefined;
  return [...missing, ...(body ? [body] : []), ...(request ? [`request: ${request}`] : [])];
};

/** One exchange held against the document: how the two differ. Schemas are compiled once. */
export const makeJudge = (document: OpenApiDocument) => {
  const check = makeCheck(document);
  return (exchange: Exchange): string[] => judgeExchange(document, check, exchange);
};

export const makeConformance = () => {
  const seen: Exchange[] = [];

  return {
    onAnswer: (exchange: Exchange): void => void seen.push(exchange),
    /** Where they differ; empty when they agree. Throws when nothing was seen. */
    differences: (document: OpenApiDocument): string[] => {
      if (seen.length === 0) throw new Error('No exchange was seen');
      const judge = makeJudge(document);
      const all = seen.flatMap((exchange) => {
        const { method, path, answer } = exchange;
        return judge(exchange).map((what) => `${method} ${path} ${answer.status}: ${what}`);
      });
      return [...new Set(all)];
    },
  };
};

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const operationsOf = (document: OpenApiDocument): [at: string, path: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [
      `${method} ${path}`,
      path,
      operation,
    ]),
  );

/** Every schema object of the document with where it stands; those inside others come with them. */
const schemasOf = (node: unknown, at: string[] = []): string[][] => {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = [...at, key];
    const isSchema = key === 'schema' || (at.length === 2 && at[0] === 'components' && at[1] === 'schemas');
    return isSchema ? [here] : schemasOf(value, here);
  });
};

const operationProblems = (at: string, path: string, operation: Operation): string[] => {
  const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const named = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
  const loose = (operation.parameters ?? []).filter((one) => one.in === 'path' && one.required !== true);
  return [
    ...(operation.operationId && operation.summary ? [] : [`${at}: no operationId or summary`]),
    ...(wanted.sort().join() === named.sort().join() ? [] : [`${at}: parameters ${named} of ${wanted}`]),
    ...(loose.length === 0 ? [] : [`${at}: a path parameter must be required`]),
    ...Object.entries(operation.responses).flatMap(([status, { description, content = {} }]) => [
      ...(/^[1-5](\d\d|XX)$/.test(status) ? [] : [`${at}: ${status} is no status`]),
      ...(description ? [] : [`${at} ${status}: no description`]),
      ...(Number(status) < 400 || at.includes('/health') || content['application/problem+json']
        ? []
        : [`${at} ${status}: no problem`]),
    ]),
  ];
};

/**
 * What is wrong with a document by https://spec.openapis.org/oas/v3.1.1: every schema is valid JSON
 * Schema 2020-12 and its references resolve, operation ids are unique, path parameters are
 * declared, responses are described, tags are known.
 */
export const documentProblems = (document: OpenApiDocument): string[] => {
  const operations = operationsOf(document);
  const ids = operations.map(([, , { operationId }]) => operationId);
  const tags = new Set(document.tags?.map(({ name }) => name));
  const check = makeCheck(document);
  const unsound = schemasOf(document).flatMap((pointer) => {
    try {
      check(pointer, undefined);
      return [];
    } catch (error) {
      return [`${pointer.join('/')}: ${(error as Error).message}`];
    }
  });
  return [
    ...(/^3\.1\.\d+$/.test(document.openapi) ? [] : [`openapi ${document.openapi}`]),
    ...(document.info?.title && document.info.version ? [] : ['info needs a title and a version']),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} is there twice`),
    ...Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((key) => !METHODS.includes(key))
        .map((key) => `${path}: ${key} is no method`),
    ),
    ...operations.flatMap(([at, , operation]) =>
      (operation.tags ?? []).filter((tag) => !tags.has(tag)).map((tag) => `${at}: ${tag}?`),
    ),
    ...operations.flatMap(([at, path, operation]) => operationProblems(at, path, operation)),
    ...unsound,
  ];
};
