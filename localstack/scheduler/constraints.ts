import { serialization, validation } from './errors.ts';
import type { Shape, Structure } from './shapes.ts';

type MapShape = Extract<Shape, { type: 'map' }>;
type Report = (constraint: string) => void;

const lowerFirst = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);

const wrongType = (path: string, wanted: string) => serialization(`The value at '${path}' is not a ${wanted}`);

const checkText = (shape: Extract<Shape, { type: 'string' }>, value: string, report: Report) => {
  const { min, max, pattern, values } = shape;
  if (values && !values.includes(value)) report(`satisfy enum value set: [${values.join(', ')}]`);
  if (max !== undefined && value.length > max) report(`have length less than or equal to ${max}`);
  if (min !== undefined && value.length < min) report(`have length greater than or equal to ${min}`);
  if (pattern && !new RegExp(pattern).test(value)) report(`satisfy regular expression pattern: ${pattern}`);
};

const checkSize = (value: number, noun: string, shape: { min?: number; max?: number }, report: Report) => {
  if (shape.max !== undefined && value > shape.max) report(`have ${noun} less than or equal to ${shape.max}`);
  if (shape.min !== undefined && value < shape.min) report(`have ${noun} greater than or equal to ${shape.min}`);
};

/**
 * The value without unknown members and nulls, its members in the order of the model.
 * @throws SerializationException for a wrong type; ValidationException with every broken
 * constraint, in AWS's words.
 */
export const conform = (shape: Structure, input: unknown): unknown => {
  const problems: string[] = [];
  const walk = (shape: Shape, value: unknown, path: string): unknown => {
    const report: Report = (constraint) =>
      problems.push(`Value '${String(value)}' at '${path}' failed to satisfy constraint: Member must ${constraint}`);
    switch (shape.type) {
      case 'string':
        if (typeof value !== 'string') throw wrongType(path, 'string');
        checkText(shape, value, report);
        return value;
      case 'integer':
        if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(path, 'whole number');
        checkSize(value, 'value', shape, report);
        return value;
      case 'timestamp':
        // 8.64e12 s is the last instant that a Date can hold.
        if (typeof value !== 'number' || !(Math.abs(value) <= 8.64e12)) throw wrongType(path, 'timestamp');
        return value;
      case 'boolean':
        if (typeof value !== 'boolean') throw wrongType(path, 'boolean');
        return value;
      case 'list':
        if (!Array.isArray(value)) throw wrongType(path, 'list');
        checkSize(value.length, 'length', shape, report);
        return value.map((item, index) => walk(shape.of, item, `${path}.${index + 1}.member`));
      case 'map':
        return entries(shape, Object.entries(asObject(value, path)), path, report);
      case 'structure':
        return members(shape, asObject(value, path), path);
    }
  };
  const entries = (shape: MapShape, pairs: [string, unknown][], path: string, report: Report) => {
    checkSize(pairs.length, 'length', shape, report);
    return Object.fromEntries(
      pairs.map(([key, item]) => [walk(shape.key, key, `${path}.key`), walk(shape.of, item, `${path}.${key}`)]),
    );
  };
  const asObject = (value: unknown, path: string): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'structure');
    return value as Record<string, unknown>;
  };
  const members = (shape: Structure, value: Record<string, unknown>, path: string) => {
    const known: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(shape.members)) {
      const at = path ? `${path}.${lowerFirst(name)}` : lowerFirst(name);
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      if (given !== undefined && given !== null) known[name] = walk(member, given, at);
      else if (shape.required.includes(name))
        problems.push(`Value null at '${at}' failed to satisfy constraint: Member must not be null`);
    }
    return known;
  };
  const known = members(shape, asObject(input, ''), '');
  if (problems.length > 0) {
    const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
    throw validation(`${count}: ${problems.join('; ')}`);
  }
  return known;
};
