import { expect, it } from 'vitest';
import { parseJson } from './json.ts';

it('what is not JSON is refused without quoting it: an error may be logged, a body may not', () => {
  const secret = 'jane@example.com';
  const refused = (): unknown => {
    try {
      return parseJson(secret);
    } catch (error) {
      return error;
    }
  };
  const { message, cause } = refused() as Error;
  expect(`${message} ${String(cause)}`).not.toContain('jane');
});
