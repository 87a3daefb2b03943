/**
 * JSON schemas by which kubeconform judges, made of what modules.ts finds: every kind, closed, each
 * in a file of its own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubernetesDefinitions, readCrds } from './modules.ts';

type Schema = Record<string, unknown>;
interface Kind {
  group: string;
  version: string;
  kind: string;
}

/** What kubeconform fills in to find a file. */
export const LOCATION = '{{ .Group }}_{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json';

/** The core group has no name of its own, and kubeconform takes its version for one. */
const fileOf = ({ group, version, kind }: Kind): string => `${group || version}_${kind.toLowerCase()}_${version}.json`;

const LOOSE: Record<string, Schema> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** These name some of the fields that are declared beside them. */
const CHOICES = new Set(['allOf', 'anyOf', 'oneOf', 'not']);

const eachClosed = (fields: Schema): Schema =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, closed(schema)]));

/** Names that are not declared are refused, and text for people is left out. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['string', 'integer'] };
  const { description: _for, ...rest } = schema;
  const inner = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      name === 'properties' && isObject(value) ? eachClosed(value) : CHOICES.has(name) ? value : closed(value),
    ]),
  );
  const isOpen =
    !isObject(schema.properties) || 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'];
  return isOpen ? inner : { ...inner, additionalProperties: false };
};

const REFERENCE = '#/definitions/';

const referencesIn = (schema: unknown): string[] => {
  if (Array.isArray(schema)) return schema.flatMap(referencesIn);
  if (!isObject(schema)) return [];
  const own = typeof schema.$ref === 'string' ? [schema.$ref.slice(REFERENCE.length)] : [];
  return [...own, ...Object.values(schema).flatMap(referencesIn)];
};

/** The definitions that one leads to, itself among them. */
const reachable = (name: string, all: Record<string, Schema>): Record<string, Schema> => {
  const found: Record<string, Schema> = {};
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const definition = all[next];
    if (found[next] || !definition) continue;
    found[next] = definition;
    waiting.push(...referencesIn(definition));
  }
  return found;
};

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Writes them into a folder; resolves with how many. */
export const writeSchemas = async (directory: string): Promise<number> => {
  const [declared, crds] = await Promise.all([kubernetesDefinitions(), readCrds()]);
  const all = Object.fromEntries(
    Object.entries(declared).map(([name, schema]) => [name, LOOSE[name] ?? (closed(schema) as Schema)]),
  );
  mkdirSync(directory, { recursive: true });
  const write = (kind: Kind, schema: Schema, root: string): void =>
    writeFileSync(join(directory, fileOf(kind)), JSON.stringify({ ...schema, definitions: reachable(root, all) }));
  const own = Object.entries(declared).flatMap(([name, schema]) =>
    ((schema['x-kubernetes-group-version-kind'] as Kind[] | undefined) ?? []).map((kind) => ({ name, kind })),
  );
  for (const { name, kind } of own) write(kind, { $ref: `${REFERENCE}${name}` }, name);
  const theirs = crds.flatMap(({ spec }) => spec.versions.map((version) => ({ spec, version })));
  for (const { spec, version } of theirs) {
    const schema = closed(version.schema.openAPIV3Schema) as { properties: Schema } & Schema;
    const properties = {
      apiVersion: { const: `${spec.group}/${version.name}` },
      kind: { const: spec.names.kind },
      ...schema.properties,
      metadata: { $ref: `${REFERENCE}${META}` },
    };
    const kind = { group: spec.group, version: version.name, kind: spec.names.kind };
    write(kind, { ...schema, properties, additionalProperties: false }, META);
  }
  return own.length + theirs.length;
};
