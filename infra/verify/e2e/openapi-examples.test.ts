/**
 * Every example of /openapi.json, sent to a real stack as "Try it out" in /docs does: unchanged, to
 * records that exist.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { ownDocument } from '../../../lib/runtime/serverless/api.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });

interface Example {
  operationId: string;
  method: string;
  path: string;
  mediaType: string;
  body: unknown;
}

const examplesOf = (document: OpenApiDocument): Example[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { operationId = '', requestBody }]) =>
      Object.entries(requestBody?.content ?? {}).map(([mediaType, media]) => {
        const { example: body } = media as { example?: unknown };
        return { operationId, method: method.toUpperCase(), path, mediaType, body };
      }),
    ),
  );

/** Which operations there are; what each example holds comes from the stack. */
const named = examplesOf((await ownDocument({ authenticated: true, now: Date.now() })) as unknown as OpenApiDocument);
const creates = named.filter(({ path }) => !path.includes('{'));
const changes = named.filter(({ path }) => path.includes('{'));

const keyOf = (operationId: string, mediaType = 'application/json'): string => `${operationId} ${mediaType}`;
const byKey = (all: Example[]): Map<string, Example> =>
  new Map(all.map((example) => [keyOf(example.operationId, example.mediaType), example]));

let examples: Map<string, Example>;
beforeAll(async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  examples = byKey(examplesOf(body));
});

const made = new Map<string, string>();
const collectionOf = (path: string): string => path.split('/')[3] ?? '';

const send = async (operationId: string, mediaType?: string) => {
  const example = examples.get(keyOf(operationId, mediaType));
  if (!example) throw new Error(`${operationId} is not in the document of the stack`);
  const path = example.path.replace('{id}', made.get(collectionOf(example.path)) ?? 'nothing');
  const answer = await stack.api(example.method, path, example.body, { 'content-type': example.mediaType });
  expect(answer.status, `${operationId}: ${answer.text}`).toBeOneOf([200, 201, 202]);
  if (typeof answer.body.id === 'string') made.set(collectionOf(path), answer.body.id);
};

// What is changed was created by an example before: the two lists are in this order, and each runs in turn.
describe('an example that creates is taken', () => {
  test.each(creates)('$operationId, $mediaType', ({ operationId, mediaType }) => send(operationId, mediaType));
});
describe('an example that changes a record is taken', () => {
  test.each(changes)('$operationId, $mediaType', ({ operationId, mediaType }) => send(operationId, mediaType));
});

test('a month later, by the virtual clock, the examples of that day are taken too', async () => {
  await stack.advance('P100D');
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  const moved = byKey(examplesOf(body));
  expect(moved.get(keyOf('createNotification'))).not.toEqual(examples.get(keyOf('createNotification')));
  examples = moved;
  await send('createNotification');
  await send('rescheduleNotification');
});

test('every request and answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
