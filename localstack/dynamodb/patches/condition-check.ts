/**
 * Mends: dynalite ignores ReturnValuesOnConditionCheckFailure.
 * Why: the service reads the item from the failure, and would need a second read.
 * Relies on: actions call checkConditional through the module, and answer with its error.
 */
import { dbModule } from '../dynalite.ts';

const checkConditional = dbModule.checkConditional;

dbModule.checkConditional = (request, item) => {
  const error = checkConditional(request, item);
  if (error?.body && item && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') error.body.Item = item;
  return error;
};
