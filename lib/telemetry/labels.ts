/**
 * What a label may say. A declared value always passes; another counts by its class, or as `other`.
 * Nothing passes for having come first, so no caller and no receiver can use up what others need.
 */
export interface Label {
  /** Undefined: the code or the configuration names all values, callers none. */
  values?: ReadonlySet<string>;
  classOf?: (value: string) => string;
}

const OTHER = 'other';

export const named: Label = {};

/** The keys of `values`: the compiler sees to it that none of the type is left out. */
export const closed = <Value extends string>(values: Record<Value, 1>): Label => ({
  values: new Set(Object.keys(values)),
});

/** Others may come: they count as what `classOf` makes of them where that is declared, else as `other`. */
export const open = (values: readonly string[], classOf?: (value: string) => string): Label => ({
  values: new Set([...values, OTHER]),
  ...(classOf && { classOf }),
});

export const labelValue = (label: Label | undefined, value: string): string => {
  if (!label?.values || label.values.has(value)) return value;
  const group = label.classOf?.(value) ?? OTHER;
  return label.values.has(group) ? group : OTHER;
};

export const knownValues = ({ values }: Label): string[] => [...(values ?? [])];
