/** Finding one's way in what was rendered. */
import type { Manifest } from './helm.ts';

/** A value by its path, `spec.template.spec.containers.0.image`; undefined where there is none. */
export const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((rest, key) => (rest as Record<string, unknown> | undefined)?.[key], value);

export const find = (manifests: Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}; there are ${manifests.map(idOf).join(', ')}`);
  return found;
};

/** Names of all of a kind. */
export const kinds = (manifests: Manifest[], kind: string): string[] =>
  manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);

export const idOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

export interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  [field: string]: unknown;
}

interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  securityContext?: Record<string, unknown>;
  [field: string]: unknown;
}

/** Of a pod, or of what makes pods. */
export const podSpecOf = (manifest: Manifest): PodSpec | undefined => {
  const spec = manifest.kind === 'Pod' ? manifest.spec : at(manifest, 'spec.template.spec');
  return (spec as PodSpec | undefined)?.containers ? (spec as PodSpec) : undefined;
};

export const containersOf = ({ containers, initContainers = [] }: PodSpec): Container[] => [
  ...containers,
  ...initContainers,
];

export const environmentOf = (manifests: Manifest[], name = 'event-system'): Record<string, string> =>
  find(manifests, 'ConfigMap', name).data as Record<string, string>;
