/** A PATCH of a noun (RFC 7396) by its rows: each field that is stored as it was given can be merged. */
import { type FieldError, ServiceError } from '../errors.ts';
import { BODY_BYTES_MAX } from '../schema/body.ts';
import { parseJson } from '../schema/json.ts';
import { mergePatch } from '../schema/merge-patch.ts';
import { check } from '../schema/validate.ts';
import type { Fields, Stored } from './fields.ts';

type Members = Record<string, unknown>;

/** The rows that are stored as given: the field, its name in the API, and the schema of that. */
const givenRows = (fields: Fields) =>
  Object.entries(fields).flatMap(([key, { input: name, create }]) =>
    name === undefined ? [] : [{ key, name, schema: create?.[name] }],
  );

/** The noun with what a PATCH sets, without what it removes by `null`. The same object: it names nothing. */
export const patched = <F extends Fields, Noun extends Stored<F>>(fields: F, noun: Noun, patch: Members): Noun => {
  const named = givenRows(fields).filter(({ name }) => patch[name] !== undefined);
  if (named.length === 0) return noun;
  const next: Members = { ...noun };
  for (const { key, name } of named) {
    if (patch[name] === null) delete next[key];
    else next[key] = mergePatch(next[key], patch[name]);
  }
  return next as Noun;
};

/** The rules of creation that a merged noun breaks in the members that the PATCH names. */
export const patchErrors = <F extends Fields, Noun extends Stored<F>>(
  fields: F,
  noun: Noun,
  patch: Members,
): FieldError[] =>
  givenRows(fields).flatMap(({ key, name, schema }) =>
    patch[name] === undefined || !schema ? [] : (check(schema, (noun as Members)[key], [name]).errors ?? []),
  );

/** What a client gave of the noun, as the body of a request has it. */
export const givenOf = <F extends Fields, Noun extends Stored<F>>(fields: F, noun: Noun): Members =>
  Object.fromEntries(givenRows(fields).map(({ key, name }) => [name, (noun as Members)[key]]));

/**
 * Many small edits must not add up to more than one request may bring. Throws `payload-too-large`, and
 * `malformed-json` for what nests too deep.
 */
export const checkPatchedSize = <F extends Fields, Noun extends Stored<F>>(
  fields: F,
  before: Noun,
  after: Noun,
): void => {
  const [textBefore, textAfter] = [before, after].map((noun) => JSON.stringify(givenOf(fields, noun))) as [
    string,
    string,
  ];
  const bytes = Buffer.byteLength(textAfter);
  if (bytes > BODY_BYTES_MAX && bytes > Buffer.byteLength(textBefore)) {
    const detail = `The record must, with the change, be at most ${BODY_BYTES_MAX} bytes of JSON.`;
    throw new ServiceError('payload-too-large', detail);
  }
  parseJson(textAfter);
};
