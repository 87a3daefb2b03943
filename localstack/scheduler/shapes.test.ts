import * as sdk from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { KIND, type Schema, schemaOf } from '../testing/sdk-schema.ts';
import { inputs, type OperationName, type Shape } from './shapes.ts';

/** Paths of the members that the SDK sends and the shape does not know. */
const missing = (schema: Schema, shape: Shape | undefined, path: string): string[] => {
  if (!shape) return [path];
  if (!Array.isArray(schema)) return [];
  const [kind, , , , first, second] = schema;
  if (kind === KIND.list && shape.type === 'list') return missing(schemaOf(first), shape.of, `${path}[]`);
  if (kind === KIND.map && shape.type === 'map') return missing(schemaOf(second), shape.of, `${path}{}`);
  if (kind !== KIND.structure || shape.type !== 'structure') return [];
  return (first as string[]).flatMap((name, index) =>
    missing(schemaOf((second as unknown[])[index]), shape.members[name], `${path}.${name}`),
  );
};

describe('the model', () => {
  it.each(Object.keys(inputs) as OperationName[])('has every member that the SDK sends with %s', (operation) => {
    const schema = (sdk as Record<string, unknown>)[`${operation}Input$`] as Schema;
    expect(Array.isArray(schema)).toBe(true);
    expect(missing(schema, inputs[operation], operation)).toEqual([]);
  });
});
