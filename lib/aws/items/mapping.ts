/** Makes the stored form of a noun from its rows (store/fields.ts). Runs twice for each delivery. */
import type { Fields, Stored } from '../../store/fields.ts';
import { INDEX_KEYS } from '../table/keys.ts';
import type { Item, Mapping } from '../table/table.ts';

/** What the index keys hold: names and values of both sides. */
export interface Keys<Noun> {
  toKeys(noun: Noun): Record<string, unknown>;
  fromKeys(item: Item): Partial<Noun>;
}

export const mappingOf = <F extends Fields, Noun extends Stored<F>>(
  fields: F,
  { toKeys, fromKeys }: Keys<Noun>,
): Mapping<Noun> => {
  const columns = Object.entries(fields).flatMap(([key, { form, classification }]) =>
    form?.attribute === undefined ? [] : [{ ...form, key, attribute: form.attribute, classification }],
  );
  return {
    toItem: (noun) => {
      const item = toKeys(noun);
      for (const { key, attribute, write } of columns) {
        const value = (noun as Record<string, unknown>)[key];
        if (value !== undefined) item[attribute] = write ? write(value as never) : value;
      }
      return item as Item;
    },
    fromItem: (item) => {
      const noun: Record<string, unknown> = fromKeys(item);
      for (const { key, attribute, read, absent } of columns) {
        const stored = item[attribute];
        if (stored !== undefined) noun[key] = read ? read(stored) : stored;
        else if (absent) noun[key] = absent();
      }
      return noun as Noun;
    },
    attributes: new Set([...INDEX_KEYS, ...columns.map(({ attribute }) => attribute)]),
    encrypted: columns.flatMap(({ attribute, classification }) => (classification?.isEncrypted ? [attribute] : [])),
  };
};
