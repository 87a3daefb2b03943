import { expect, it } from 'vitest';
import { dbModule } from '../dynalite.ts';

const item = { id: { S: 'a' }, state: { S: 'old' } };
const request = {
  Expected: { state: { Value: { S: 'new' } } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
};
const failure = () => dbModule.checkConditional(request, item)?.body;

it('answers the item that failed a condition, which dynalite does not', async () => {
  const withoutPatch = failure();
  expect(withoutPatch?.__type).toMatch(/#ConditionalCheckFailedException$/);
  expect(withoutPatch).not.toHaveProperty('Item');
  await import('./condition-check.ts');
  expect(failure()).toEqual({ ...withoutPatch, Item: item });
});
