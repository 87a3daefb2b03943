import type { ItemStore } from '../../store/item-store.ts';
import type { Mapping, Table } from '../table/table.ts';

export const makeItemStore = <T>(table: Table, mapping: Mapping<T>): ItemStore<T> => ({
  get: (id) => table.get(id, mapping),
  create: (item) => table.create(item, mapping),
  replace: (next, expectedWriteId) => table.replace(next, mapping, expectedWriteId),
});
