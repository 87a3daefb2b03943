/**
 * What the functions are made of: a CycloneDX bill of materials, and whether it names everything
 * with a licence we may use.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Lockfile, nameOf } from './lockfile.ts';
import { run } from './run.ts';

export interface Component {
  'bom-ref': string;
  name: string;
  group?: string;
  version?: string;
  properties?: { name: string; value: string }[];
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
}

export interface Bom {
  bomFormat: string;
  components?: Component[];
  dependencies?: { ref: string; dependsOn?: string[] }[];
}

const isForDevelopment = ({ properties = [] }: Component): boolean =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

/** Without what is installed for development alone. */
export const forProduction = (bom: Bom): Bom => {
  const components = (bom.components ?? []).filter((one) => !isForDevelopment(one));
  const dropped = new Set((bom.components ?? []).filter(isForDevelopment).map((one) => one['bom-ref']));
  const dependencies = (bom.dependencies ?? [])
    .filter(({ ref }) => !dropped.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => !dropped.has(other)) }));
  return { ...bom, components, dependencies };
};

/** Permissive: nothing of ours would have to be opened, nothing asks for more than a notice. */
const ALLOWED = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'PSF-2.0',
  'BlueOak-1.0.0',
];

/** Every part of an `AND` must be allowed, one of an `OR` is enough. */
const isAllowed = (expression: string): boolean =>
  expression
    .replaceAll(/[()]/g, '')
    .split(/ AND /)
    .every((part) => part.split(/ OR /).some((id) => ALLOWED.includes(id.trim())));

const licencesOf = ({ licenses = [] }: Component): string[] =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '');

const keyOf = ({ group, name, version }: Component): string => `${group ? `${group}/` : ''}${name}@${version}`;

const componentProblems = (component: Component): string[] => {
  const licences = licencesOf(component);
  if (licences.length === 0) return [`${keyOf(component)}: has no licence`];
  return licences
    .filter((one) => !isAllowed(one))
    .map((one) => `${keyOf(component)}: its licence is ${one || 'unnamed'}`);
};

/**
 * Held against the lockfile: what is installed without development dependencies must be there, with
 * version and licence.
 */
export const sbomProblems = (bom: Bom, { packages }: Lockfile): string[] => {
  const components = bom.components ?? [];
  const named = new Set(components.map(keyOf));
  const missing = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, locked]) => `${nameOf(path, locked)}@${locked.version}`)
    .filter((key) => !named.has(key));
  return [
    ...(bom.bomFormat === 'CycloneDX' && components.length > 0 ? [] : ['there is no bill of materials']),
    ...missing.map((key) => `${key}: is not in the bill of materials`),
    ...components.flatMap(componentProblems),
  ];
};

/**
 * Writes it where releases take it from. Throws when npm makes none. Not by `--omit dev`: npm 11
 * leaves out with it whatever a development dependency depends on too, half of what is shipped.
 */
export const makeSbom = (folder: string, path: string): Bom => {
  const { ok, stdout, output } = run('npm', ['sbom', '--sbom-format', 'cyclonedx'], folder);
  if (!ok) throw new Error(`npm sbom failed: ${output}`);
  const bom = forProduction(JSON.parse(stdout) as Bom);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(bom, null, 2)}\n`);
  return bom;
};
