import type { Intrinsic } from '../../lib/runtime/serverless/serverless-yaml.ts';

/** The values of `!Ref` and `!GetAtt` of a resource. */
export interface Made {
  ref: string;
  attributes: Record<string, string>;
}

export interface Lookup {
  /** Creates the resource if it is missing. Rejects if serverless.yml does not declare it. */
  resource(logicalId: string): Promise<Made>;
  /** Pseudo parameters such as `AWS::Region`. */
  pseudo: Record<string, string>;
}

const reference = async (name: string, { resource, pseudo }: Lookup): Promise<string> =>
  pseudo[name] ?? (await resource(name)).ref;

const attribute = async ([id, name]: [string, string], { resource }: Lookup): Promise<string> => {
  const value = (await resource(id)).attributes[name];
  if (value === undefined) throw new Error(`${id} has no known attribute ${name}`);
  return value;
};

const substitute = async (template: string, lookup: Lookup): Promise<string> => {
  let text = '';
  let from = 0;
  for (const match of template.matchAll(/\$\{([^!}][^}]*)\}/g)) {
    const [id = '', ...name] = (match[1] ?? '').split('.');
    const value = name.length > 0 ? await attribute([id, name.join('.')], lookup) : await reference(id, lookup);
    text += template.slice(from, match.index) + value;
    from = match.index + match[0].length;
  }
  return (text + template.slice(from)).replaceAll('${!', '${');
};

/** Resolves every intrinsic in the value. Throws for others than `!Ref`, `!GetAtt` and `!Sub`. */
export const resolveIntrinsics = async (value: unknown, lookup: Lookup): Promise<unknown> => {
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveIntrinsics(item, lookup)));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value as Intrinsic;
  if (ref !== undefined) return reference(ref, lookup);
  if (getAtt !== undefined) return attribute(getAtt, lookup);
  if (typeof sub === 'string') return substitute(sub, lookup);
  const unknown = Object.keys(value).find((key) => key.startsWith('Fn::'));
  if (unknown !== undefined) throw new Error(`${unknown} cannot be resolved outside CloudFormation`);
  const entries = Object.entries(value).map(
    async ([key, inner]) => [key, await resolveIntrinsics(inner, lookup)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
};
