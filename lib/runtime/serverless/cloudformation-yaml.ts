import { CORE_SCHEMA, defineMappingTag, defineScalarTag, defineSequenceTag, load, mergeTag } from 'js-yaml';

/** CloudFormation intrinsics, kept as values: whoever provisions resolves them. */
export type Ref = { ref: string };
export type GetAtt = { getAtt: [resource: string, attribute: string] };
export type Sub = { sub: string };
/** Every other short form (`!Join`, `!If`, `!Equals`, ...): kept so that a document which uses it still loads. */
export type OtherIntrinsic = { intrinsic: string; argument: unknown };
export type Intrinsic = Ref | GetAtt | Sub | OtherIntrinsic;

const hasOnly = (value: unknown, key: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 1 && key in value;

export const isRef = (value: unknown): value is Ref => hasOnly(value, 'ref') && typeof value.ref === 'string';
export const isGetAtt = (value: unknown): value is GetAtt => hasOnly(value, 'getAtt') && Array.isArray(value.getAtt);
export const isSub = (value: unknown): value is Sub => hasOnly(value, 'sub') && typeof value.sub === 'string';

/** `Resource.Attribute`, where the attribute may have dots itself (`Outputs.X`), or the two in a list. */
const getAtt = (argument: unknown): GetAtt => {
  const [resource = '', ...attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  return { getAtt: [resource, attribute.join('.')] };
};

const intrinsic = (name: string, argument: unknown): Intrinsic => {
  if (name === 'Ref') return { ref: String(argument) };
  if (name === 'GetAtt') return getAtt(argument);
  if (name === 'Sub' && typeof argument === 'string') return { sub: argument };
  return { intrinsic: name, argument };
};

const never = () => false;
const nameOf = (tag: string): string => tag.slice(1);

const scalarTag = defineScalarTag('!', {
  matchByTagPrefix: true,
  resolve: (source, _explicit, tag) => intrinsic(nameOf(tag), source),
  identify: never,
});

const sequenceTag = defineSequenceTag('!', {
  matchByTagPrefix: true,
  create: (tag): { tag: string; items: unknown[] } => ({ tag, items: [] }),
  addItem: (carrier, item) => {
    carrier.items.push(item);
  },
  finalize: ({ tag, items }) => intrinsic(nameOf(tag), items),
  identify: never,
});

const mappingTag = defineMappingTag('!', {
  matchByTagPrefix: true,
  create: (tag): { tag: string; pairs: Map<unknown, unknown> } => ({ tag, pairs: new Map() }),
  addPair: (carrier, key, value) => {
    carrier.pairs.set(key, value);
    return '';
  },
  has: (carrier, key) => carrier.pairs.has(key),
  keys: () => [],
  get: () => undefined,
  finalize: ({ tag, pairs }) => intrinsic(nameOf(tag), Object.fromEntries(pairs)),
  identify: never,
});

const schema = CORE_SCHEMA.withTags(mergeTag, scalarTag, sequenceTag, mappingTag);

/** The long forms mean the same as the short ones. */
const longForm = (value: Record<string, unknown>): Intrinsic | undefined => {
  const [key, ...more] = Object.keys(value);
  if (key === undefined || more.length > 0) return undefined;
  if (key === 'Ref') return intrinsic('Ref', value[key]);
  return key.startsWith('Fn::') ? intrinsic(key.slice(4), value[key]) : undefined;
};

const normalise = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  const plain = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalise(inner)]));
  return longForm(plain) ?? plain;
};

/** Parses YAML with CloudFormation tags. Throws js-yaml's error, which names the file, line and column. */
export const parseCloudFormationYaml = (text: string, filename: string): unknown =>
  normalise(load(text, { schema, filename }));
