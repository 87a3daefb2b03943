import { type Client, Unreachable } from '../kit/client.ts';
import { steps as allSteps, type Context, cleanUp, type Step } from './steps.ts';

interface SmokeOptions {
  client: Client;
  hasKey: boolean;
  say(line: string): void;
  steps?: readonly Step[];
  /** No step begins after this. */
  patienceMs: number;
}

const line = (outcome: string, durationMs: number | undefined, name: string, text: string): string => {
  const time = durationMs === undefined ? '' : `${Math.round(durationMs)} ms`;
  return `${outcome.padEnd(5)} ${time.padStart(8)}  ${name.padEnd(22)} ${text}`;
};

const performStep = async (step: Step, context: Context, say: (line: string) => void): Promise<unknown> => {
  const startedAt = performance.now();
  try {
    const seen = await step.run(context);
    say(line('ok', performance.now() - startedAt, step.name, seen));
    return undefined;
  } catch (error) {
    say(line('WRONG', performance.now() - startedAt, step.name, (error as Error).message));
    return error ?? new Error('unknown');
  }
};

/** Runs the steps in order and says each; resolves with what could not be shown to work, by name. */
export const runSmoke = async ({ client, hasKey, say, steps = allSteps, patienceMs }: SmokeOptions) => {
  const context: Context = { client, hasKey, open: new Set() };
  const endsAt = performance.now() + patienceMs;
  const wrong: string[] = [];
  let unreachable = false;
  for (const step of steps) {
    const late = performance.now() > endsAt;
    if (unreachable || late || (step.needs && !context[step.needs])) {
      const why = unreachable
        ? 'there is no answer'
        : late
          ? 'no time is left'
          : `there is no ${step.needs} to look at`;
      say(line('-', undefined, step.name, `not tried: ${why}`));
      wrong.push(step.name);
      continue;
    }
    const error = await performStep(step, context, say);
    if (error !== undefined) wrong.push(step.name);
    // What cannot be reached once is not worth a time-out for each step.
    unreachable = error instanceof Unreachable;
    if (unreachable) {
      say(line('-', undefined, 'the rest', 'not tried: there is no answer'));
      break;
    }
  }
  const left = unreachable ? [...context.open] : await cleanUp(context);
  if (left.length > 0) say(`      left behind, due in 3 days: ${left.join(', ')}`);
  return wrong;
};
