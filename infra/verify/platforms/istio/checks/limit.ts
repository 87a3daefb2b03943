import { expectThat } from '../../../kit/expect.ts';
import { ask } from '../gateway-client.ts';
import type { StandIn } from '../stand-in.ts';
import type { Check } from './check.ts';

const TARGET = '/limited';
const REQUESTS = 60;

/** @param burst what the stand-in was placed with; a tenth of it a second */
export const limitChecks = ({ listener, upstream }: StandIn, burst: number): Check[] => [
  {
    name: `more than ${burst} at once`,
    run: async () => {
      const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(listener, 'GET', TARGET)));
      const refused = answers.filter(({ status }) => status === 429);
      const served = answers.filter(({ status }) => status === 200);
      expectThat(refused.length + served.length === REQUESTS, 'an answer that is neither 200 nor 429');
      // What was asked before, and what has come back since, count too.
      expectThat(
        refused.length >= REQUESTS - 2 * burst && refused.length > 0,
        `${refused.length} of ${REQUESTS} refused`,
      );
      expectThat(served.length > 0, 'all were refused');
      expectThat(upstream.arrived(TARGET).length === served.length, 'what was refused arrived all the same');
      expectThat(
        refused.every(({ headers }) => headers.get('retry-after') === '1'),
        '429 without Retry-After',
      );
      return `${served.length} x 200 and as many arrived, ${refused.length} x 429 with Retry-After`;
    },
  },
];
