import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { catalogue, type ErrorCode } from '../errors.ts';
import { pointerOf } from '../schema/validate.ts';
import { apiEvent, lambdaContext } from '../testing/http-events.ts';
import { parseQuery } from './query.ts';
import { publicRoute } from './route.ts';

const handler = publicRoute(
  {
    body: z.union([
      z.strictObject({ name: z.string(), size: z.int(), deep: z.record(z.string(), z.int()) }),
      z.string(),
    ]),
    query: z.object({ limit: z.coerce.number().int().min(1).max(100).optional() }),
    params: z.object({ id: z.string().regex(/^[a-z]+$/) }),
    status: 201,
  },
  ({ body }) => ({ body }),
);

const text = fc.string({ unit: 'binary' });
const body = fc.oneof(
  fc.json(),
  text,
  fc.jsonValue().map((value) => JSON.stringify({ name: value, deep: value })),
);
const type = fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-8', '');
const headers = fc.dictionary(fc.string(), text);

it('no body, header, query or parameter makes it a 5xx, and every refusal is a problem document', async () => {
  await fc.assert(
    fc.asyncProperty(
      body,
      type,
      headers,
      text,
      fc.string(),
      fc.boolean(),
      async (json, media, more, query, id, base64) => {
        const event = apiEvent({
          body: json,
          headers: { ...more, 'content-type': media },
          query,
          params: { id },
          base64,
        });
        const response = await handler(event, lambdaContext());
        const status = response.statusCode ?? 0;
        expect(status).toBeLessThan(500);
        if (status === 201) return;
        const problem = JSON.parse(response.body ?? '');
        expect(response.headers?.['content-type']).toBe('application/problem+json');
        expect(catalogue[problem.code as ErrorCode].status).toBe(status);
        expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
        for (const error of problem.errors ?? []) expect(error.pointer).toMatch(/^(\/([^~/]|~[01])*)*$/s);
      },
    ),
  );
});

it('a pointer leads back to the path it was made from', () => {
  fc.assert(
    fc.property(fc.array(text), (path) => {
      const back = pointerOf(path)
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
      expect(back).toEqual(path);
    }),
  );
});

it('a query string is read as URLSearchParams reads it, when no name is repeated', () => {
  const parameters = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(parameters, (query) => {
      const { '': _, ...named } = query;
      expect(parseQuery(new URLSearchParams(named).toString())).toEqual({ values: named, errors: [] });
    }),
  );
});
