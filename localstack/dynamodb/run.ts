import { actions, type Store, validations } from './dynalite.ts';
import { refuseUnknownMembers } from './members.ts';
import { refusal } from './refusal.ts';
import { readTable } from './table-record.ts';
import './patches/condition-check.ts';
import './patches/parsed-expressions.ts';
import './patches/request-model.ts';

type Request = Record<string, unknown>;

/** Performs an operation of dynalite. Rejects with a DynaliteError. */
export type Run = (operation: string, request: Request) => Promise<unknown>;

/** Operations by name, from the raw request to the answer. */
export type Operations = Record<string, ((request: Request) => Promise<unknown>) | undefined>;

export interface Runner {
  run: Run;
  /** The request as the model defines it. Throws a DynaliteError. */
  check(operation: string, request: Request): Request;
  /** Performs a request that was checked. */
  execute: Run;
  /** When the item operations in flight have ended: later ones know the current tables. */
  itemOperationsEnded(): Promise<void>;
}

const ABOUT_TABLES = new Set(['CreateTable', 'DeleteTable', 'UpdateTable', 'DescribeTable', 'ListTables']);

export const makeRunner = (tables: Store, items: Store): Runner => {
  const actionOf = (operation: string) => {
    const action = actions.get(operation);
    if (!action) throw new Error(`No such operation: ${operation}`);
    return action;
  };

  const check: Runner['check'] = (operation, request) => {
    const { types, custom } = actionOf(operation).validation;
    refuseUnknownMembers(request, types);
    const checked = validations.checkTypes(request, types);
    validations.checkValidations(checked, types, custom, tables);
    return checked;
  };

  const runOn = (store: Store, operation: string, checked: Request): Promise<unknown> =>
    new Promise((resolve, reject) => {
      actionOf(operation).run(store, checked, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });

  const inFlight = new Set<Promise<unknown>>();

  const execute: Run = (operation, checked) => {
    if (ABOUT_TABLES.has(operation)) return runOn(tables, operation, checked);
    const running = runOn(items, operation, checked).finally(() => inFlight.delete(running));
    inFlight.add(running);
    return running;
  };

  const itemOperationsEnded = async (): Promise<void> => {
    await Promise.allSettled(inFlight);
  };

  /** dynalite accepts it and answers no metrics. Without a local index AWS answers none either. */
  const refuseCollectionMetrics = async ({ ReturnItemCollectionMetrics, ...request }: Request): Promise<void> => {
    if (ReturnItemCollectionMetrics !== 'SIZE') return;
    const names = Object.keys(request.RequestItems ?? { [String(request.TableName)]: true });
    const found = await Promise.all(names.map((name) => readTable(tables, name)));
    if (found.some((table) => table.LocalSecondaryIndexes))
      throw refusal('ReturnItemCollectionMetrics SIZE is not supported for a table with local secondary indexes');
  };

  const run: Run = async (operation, request) => {
    const checked = check(operation, request);
    if (checked.ReturnItemCollectionMetrics !== undefined) await refuseCollectionMetrics(checked);
    return execute(operation, checked);
  };
  return { check, execute, run, itemOperationsEnded };
};
