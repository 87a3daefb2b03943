import type { ItemStore } from '../ports.ts';
import type { Mapping, Table } from './table.ts';

export const makeItemStore = <T>(table: Table, mapping: Mapping<T>): ItemStore<T> => ({
  get: async (id) => {
    const item = await table.get(id);
    return item && mapping.fromItem(item);
  },
  create: (item) => table.create(item, mapping),
  replace: (next, expectedWriteId) => table.replace(next, mapping, expectedWriteId),
});
