import { dbModule } from '../dynalite.ts';

const checkConditional = dbModule.checkConditional;

// dynalite's actions call it through the module. It knows no ReturnValuesOnConditionCheckFailure.
dbModule.checkConditional = (request, item) => {
  const error = checkConditional(request, item);
  if (error?.body && item && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') error.body.Item = item;
  return error;
};
