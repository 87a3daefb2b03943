/** Every operation of the document: what it takes is taken, whatever else is refused by the book. */
import fc, { type Arbitrary } from 'fast-check';
import type { Operation, Parameter } from './document.ts';
import { explore, type FuzzContext, type Judge } from './explore.ts';
import { hostileValue, type Mutation, mutate, mutation, TEXTS } from './hostile.ts';
import type { FuzzRequest } from './request.ts';
import { arbitraryOf } from './schema.ts';

/** Their schema is a record of anything: they have a campaign of their own. */
const CLOUDEVENTS = /cloudevents/;

interface Valid {
  /** Chooses among the ids made so far, or 1 in 8 an id of nothing. */
  id: number;
  slash: boolean;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
}

interface Hostile extends Valid {
  mediaType: string;
  mutations: Mutation[];
  /** Instead of the id. */
  segment: string | undefined;
  extraQuery: string;
  extraHeaders: [string, string][];
}

/**
 * In a query and in a path as they are: what is no character of a URL is percent-encoded, broken
 * encodings stay broken.
 */
const rawText = fc.oneof(
  fc.constantFrom(
    '%',
    '%f',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%00',
    '%u0041',
    '../../../localstack',
    '.',
    '%2e%2e',
    '%252e%252e%252f',
    ';a=b',
  ),
  fc.constantFrom(...TEXTS).map((text) => encodeURIComponent(text.toWellFormed().slice(0, 3_000))),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** What a header can carry through any client: one line of Latin-1. */
const headerText = fc
  .oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 40 }))
  .map((text) => text.slice(0, 2_000).replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '?'));

const fieldsOf = (
  context: FuzzContext,
  place: Parameter['in'],
  { parameters }: Operation,
): Arbitrary<Record<string, string>> => {
  const own = parameters.filter((one) => one.in === place && one.name !== 'cursor');
  const entries = own.map(({ name, schema }): [string, Arbitrary<string>] => [
    name,
    (context.fields[name] ?? arbitraryOf(context.document, schema)).map(String),
  ]);
  const required = own.filter((one) => one.required).map(({ name }) => name);
  return fc.record(Object.fromEntries(entries), { requiredKeys: required, noNullPrototype: true });
};

const validPlan = (context: FuzzContext, operation: Operation): Arbitrary<Valid> => {
  const schema = operation.bodies['application/json'];
  const repair = context.repairs[operation.id] ?? ((body) => body);
  const body = schema
    ? arbitraryOf(context.document, schema, context.fields).map((value) => repair(value as Record<string, unknown>))
    : fc.constant(undefined);
  return fc.record({
    id: fc.nat(),
    slash: fc.boolean(),
    query: fieldsOf(context, 'query', operation),
    headers: fieldsOf(context, 'header', operation),
    body,
  });
};

/** One body that the operation takes, the same for the same seed. */
export const sampleBody = (context: FuzzContext, operation: Operation): unknown =>
  fc.sample(validPlan(context, operation), { seed: context.seed, numRuns: 1 })[0]?.body;

const NOTHING = '0'.repeat(26);

const pathOf = (
  context: FuzzContext,
  { template, parameters }: Operation,
  { id, slash }: Valid,
  segment?: string,
): string => {
  const known = id % 8 === 0 ? undefined : context.tally.pick(template, id);
  const path = template.replace(/\{\w+\}/g, segment ?? known ?? `ntf_${NOTHING}`);
  const hasId = parameters.some((one) => one.in === 'path');
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  // A slash after a hostile segment would hide it from the operation.
  return slash && (!hasId || segment === undefined) && bare !== '/' ? `${bare}/` : bare;
};

const queryOf = (query: Record<string, string>): string => new URLSearchParams(query).toString();

const validRequest =
  (context: FuzzContext, operation: Operation) =>
  (plan: Valid): FuzzRequest => {
    const query = queryOf(plan.query);
    return {
      method: operation.method,
      path: `${pathOf(context, operation, plan)}${query && '?'}${query}`,
      headers: Object.entries(plan.headers),
      ...(plan.body !== undefined && { body: JSON.stringify(plan.body) }),
    };
  };

const OF_STATE = [404, 409, 412, 422, 429];
/** Headers are merged with those that earlier requests have given the endpoint. */
const MERGED = '"pointer":"/headers","detail":"must be at most 20 headers"';

const isTaken = (status: number): boolean => status < 400 || status >= 500 || OF_STATE.includes(status);
/** Of a batch those of its items. */
const statusesOf = ({ status, body }: { status: number; body: unknown }): number[] => {
  const { results } = (body ?? {}) as { results?: { status: number }[] };
  return [status, ...(Array.isArray(results) ? results.map((one) => one.status) : [])];
};

/** A valid request is accepted, or refused for the state of its record and never for its form. */
const mustBeTaken: Judge = (_, answer) =>
  statusesOf(answer).every(isTaken) || answer.text.includes(MERGED)
    ? []
    : [`a valid request is refused: ${answer.text}`];

/** One hostile thing hides the next, which is behind it: most requests have few. */
const rarely = <T, N>(arbitrary: Arbitrary<T>, otherwise: N): Arbitrary<T | N> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary });

const hostilePlan = (context: FuzzContext, operation: Operation): Arbitrary<Hostile> => {
  const mediaTypes = ['application/json', ...Object.keys(operation.bodies)];
  const names = operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const pair = fc
    .tuple(fc.constantFrom('nonsense', '__proto__', 'constructor', ...names), rawText)
    .map((two) => two.join('='));
  const ownHeaders = operation.parameters.filter((one) => one.in === 'header').map(({ name }) => name);
  const header = fc.tuple(
    fc.constantFrom(
      ...ownHeaders,
      'if-match',
      'if-none-match',
      'x-request-id',
      'accept',
      'x-forwarded-for',
      'range',
      'expect',
    ),
    headerText,
  );
  return fc
    .tuple(
      validPlan(context, operation),
      fc.record({
        mediaType: fc.constantFrom(...mediaTypes),
        mutations: fc.array(mutation, { maxLength: 3 }),
        segment: rarely(
          rawText.filter((text) => text !== ''),
          undefined,
        ),
        extraQuery: rarely(
          fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.join('&')),
          '',
        ),
        extraHeaders: fc.array(header, { maxLength: 2 }),
      }),
      rarely(hostileValue, undefined),
    )
    .map(([valid, twist, whole]) => ({ ...valid, ...twist, ...(whole !== undefined && { body: whole }) }));
};

const hostileRequest =
  (context: FuzzContext, operation: Operation) =>
  (plan: Hostile): FuzzRequest => {
    const query = [queryOf(plan.query), plan.extraQuery].filter(Boolean).join('&');
    const takesBody = Object.keys(operation.bodies).length > 0;
    // `expect` is answered by the HTTP layer, before our code sees the request.
    const extra = plan.extraHeaders.filter(([name]) => name !== 'expect' || !takesBody);
    const headers: [string, string][] = [...Object.entries(plan.headers), ...extra];
    return {
      method: operation.method,
      path: `${pathOf(context, operation, plan, plan.segment)}${query && '?'}${query}`,
      headers: takesBody ? [['content-type', plan.mediaType], ...headers] : headers,
      ...(takesBody && { body: JSON.stringify(mutate(plan.body, plan.mutations)) ?? '' }),
    };
  };

/** What makes records comes first, then what reads and changes them, then what ends them. */
const orderOf = ({ method, parameters }: Operation): number => {
  if (method === 'POST') return parameters.some((one) => one.in === 'path') ? 3 : 0;
  return ['GET', 'PATCH', 'PUT'].indexOf(method) >= 0 ? (method === 'GET' ? 1 : 2) : 4;
};

/** Each operation with what it should take, then with what it should not. */
const isGenerated = ({ bodies }: Operation): boolean =>
  Object.keys(bodies).length === 0 || bodies['application/json'] !== undefined;

export const exploreOperations = async (context: FuzzContext): Promise<void> => {
  const ordered = context.operations.filter(isGenerated).sort((a, b) => orderOf(a) - orderOf(b));
  for (const [at, operation] of ordered.entries()) {
    const left = (context.until - performance.now()) / (ordered.length - at);
    const valid = { ...operation, bodies: without(operation.bodies) };
    const half = { ...context, runs: context.runs / 2, until: performance.now() + left / 2 };
    await explore(half, {
      campaign: `${operation.id}, valid`,
      plans: validPlan(context, valid),
      toRequest: validRequest(context, valid),
      judge: mustBeTaken,
    });
    await explore(
      { ...half, until: half.until + left / 2 },
      {
        campaign: `${operation.id}, hostile`,
        plans: hostilePlan(context, operation),
        toRequest: hostileRequest(context, operation),
      },
    );
  }
};

const without = (bodies: Operation['bodies']): Operation['bodies'] =>
  Object.fromEntries(Object.entries(bodies).filter(([type]) => !CLOUDEVENTS.test(type)));
