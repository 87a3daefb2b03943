import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseCloudFormationYaml } from './cloudformation-yaml.ts';

/** What the variables of a Serverless Framework document are read from. */
export interface VariableSources {
  /** `${file(...)}` is relative to it. */
  directory: string;
  stage: string;
  /** `${opt:...}`: the command line's. */
  options: Record<string, string>;
  env: Record<string, string | undefined>;
}

type Fields = Record<string, unknown>;

// The framework's own rule: `${type:address}` or `${type(params)}`. `${AWS::Region}` and `${Resource.Arn}` belong to !Sub.
const variable = /\$\{((?:self|sls|opt|env|file)(?:\([^)]*\))?(?::[^${}]*|(?<=\)))(?:,[^${}]*)?)\}/;
const depthMax = 20;

const at = (value: unknown, address: string): unknown =>
  address === ''
    ? value
    : address.split('.').reduce<unknown>((inner, key) => (inner as Fields | undefined | null)?.[key], value);

const literal = (text: string): unknown => {
  const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2];
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
};

/**
 * Replaces every `${...}` of the document, in place of the whole value (keeping its type) or inside a longer string.
 * Fallbacks after commas are tried in order. Throws when nothing answers: an unresolved variable is a broken deployment.
 */
export const resolveVariables = (document: Fields, sources: VariableSources): Fields => {
  const files = new Map<string, unknown>();
  const file = (path: string): unknown => {
    const full = resolve(sources.directory, path);
    if (!files.has(full)) files.set(full, parseCloudFormationYaml(readFileSync(full, 'utf8'), full));
    return files.get(full);
  };

  const source = (text: string): unknown => {
    const parsed = /^(self|sls|opt|env|file)(?:\(([^)]*)\))?(?::(.*))?$/.exec(text);
    if (!parsed) return literal(text);
    const [, type, parameter = '', address = ''] = parsed;
    if (type === 'self') return at(document, address);
    if (type === 'opt') return sources.options[address];
    if (type === 'env') return sources.env[address];
    if (type === 'file') return at(file(parameter), address);
    return address === 'stage' ? sources.stage : undefined;
  };

  const lookUp = (expression: string): unknown => {
    for (const alternative of expression.split(',')) {
      const value = source(alternative.trim());
      if (value !== undefined) return value;
    }
    throw new Error(`serverless.yml: nothing answers \${${expression}}`);
  };

  const resolveText = (text: string, depth: number): unknown => {
    const match = variable.exec(text);
    if (!match?.[1]) return text;
    if (depth > depthMax) throw new Error(`serverless.yml: \${${match[1]}} refers to itself`);
    const value = resolveValue(lookUp(match[1]), depth + 1);
    if (match[0] === text) return value;
    return resolveText(
      text.slice(0, match.index) + String(value) + text.slice(match.index + match[0].length),
      depth + 1,
    );
  };

  const resolveValue = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return resolveText(value, depth);
    if (Array.isArray(value)) return value.map((item) => resolveValue(item, depth));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveValue(inner, depth)]));
  };

  return resolveValue(document, 0) as Fields;
};
