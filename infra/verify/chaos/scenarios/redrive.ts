/** Processes die while a redrive job runs. */

import { bury, judgeRedriven, orderRedrive } from '../dead.ts';
import { storm } from '../process.ts';
import type { Scenario } from '../scenario.ts';
import { endingsOf, type JobCounts, untilAllEnded, untilDone } from '../storms.ts';

export const makeRedriveScenario = (): Scenario => {
  let ids: string[] = [];
  let job: JobCounts | undefined;
  return {
    name: 'SIGKILL storm: during a redrive job',
    isShort: true,
    play: async (stack, { faultMs }) => {
      ids = await bury(stack);
      job = await orderRedrive(stack);
      await storm(stack.services, faultMs);
      await Promise.all(stack.services.map((one) => one.ready()));
    },
    met: endingsOf,
    check: async (stack) => {
      const done = await untilDone(stack, String(job?.job_id));
      const views = await untilAllEnded(stack, ids);
      const isWhole = done.matched === ids.length && done.redriven === ids.length && done.skipped === 0;
      const counted = isWhole && done.failed === 0 ? [] : [`the job counts wrongly: ${JSON.stringify(done)}`];
      return [...counted, ...views.flatMap((view) => judgeRedriven(stack, view))];
    },
  };
};
