import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';

interface Schema {
  $ref?: string;
  $comment?: string;
  type?: string;
  additionalProperties?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  definitions?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
}
type Values = Record<string, unknown>;

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const schema = JSON.parse(text('event-system/values.schema.json')) as Schema;
const values = load(text('event-system/values.yaml')) as Values;
const chart = load(text('event-system/Chart.yaml')) as Values;

const resolved = (one: Schema): Schema => schema.definitions?.[one.$ref?.split('/').at(-1) ?? ''] ?? one;

/** Every schema within one, with where it is. */
const within = (one: Schema, where: string): [string, Schema][] => [
  [where, one],
  ...Object.entries({ ...one.definitions, ...one.properties, ...(one.items && { '*': one.items }) }).flatMap(
    ([name, inner]) => within(inner, `${where}/${name}`),
  ),
  ...(one.oneOf ?? []).flatMap((inner) => within(inner, where)),
];

/** What a default could be taken away from without a word. */
const notRequired = (one: Schema, defaults: Values, where: string): string[] =>
  Object.entries(defaults).flatMap(([name, value]) => {
    const inner = resolved(one.properties?.[name] ?? {});
    const own = value !== null && !one.required?.includes(name) ? [`${where}/${name}`] : [];
    const isOpen = value === null || typeof value !== 'object' || Array.isArray(value) || !inner.properties;
    return [...own, ...(isOpen ? [] : notRequired(inner, value as Values, `${where}/${name}`))];
  });

describe('the values of the chart', () => {
  it('are of the version that package.json has, which is that of an image without one of its own', () => {
    const { version } = JSON.parse(text('../../package.json')) as Values;
    expect(chart.appVersion).toBe(version);
    expect(text('../container/Dockerfile')).toContain(`\nARG VERSION=${version}\n`);
  });

  it('fit their schema', () => {
    const validate = new Ajv({
      strict: true,
      allowUnionTypes: true,
      strictTypes: false,
      strictRequired: false,
    }).compile(schema);
    expect(validate(values), JSON.stringify(validate.errors)).toBe(true);
  });

  it('are closed: no object takes a name that it does not know', () => {
    const open = within(schema, '').filter(
      ([, { type, additionalProperties, $comment }]) =>
        type === 'object' && additionalProperties === undefined && $comment === undefined,
    );
    expect(open.map(([where]) => where).filter((where) => !/\/affinity\//.test(where))).toEqual([]);
  });

  it('all have a default or none, and none can be taken away unnoticed', () => {
    const known = Object.keys(schema.properties ?? {}).filter((name) => name !== 'global');
    expect(known.sort()).toEqual(Object.keys(values).sort());
    expect(notRequired(schema, values, '')).toEqual(['/runAsUser']);
  });

  it('reach every variable that the functions on AWS have', async () => {
    const settable = (...path: string[]) =>
      Object.keys(path.reduce<Schema>((one, name) => resolved(one.properties?.[name] ?? {}), schema).properties ?? {});
    const templates = text('event-system/templates/_environment.tpl');
    const ours = [...settable('config'), ...settable('secrets'), 'NODE_OPTIONS'];
    const queue = /^(.*)_QUEUE_URL$/;
    const unreached = Object.keys((await loadServerless({ stage: 'dev' })).provider.environment).filter(
      (name) => !ours.includes(name) && !templates.includes(`"${queue.exec(name)?.[1] ?? name}"`),
    );
    expect(unreached).toEqual([]);
  });
});
