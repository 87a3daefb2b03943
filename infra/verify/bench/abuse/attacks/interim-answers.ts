/** Interim answers without end: receivers that send `100 Continue` for ever. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../../kit/client.ts';
import { create, type View } from '../../notifications.ts';
import { max } from '../../stats.ts';
import { type Attack, inSeconds, NOTIFICATIONS } from '../attack.ts';

const ATTEMPT_MAX_S = 5;
/** Enough to see whether they have ended by then. */
const SECONDS = ATTEMPT_MAX_S + 3;

interface InterimReceiver {
  url: string;
  close(): Promise<void>;
}

const path = fileURLToPath(new URL('../interim-receiver.ts', import.meta.url));

export const startInterimReceiver = async (): Promise<InterimReceiver> => {
  const child = fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  const exited = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
};

interface Attempted extends View {
  attempts: { started_at: string; finished_at: string; outcome: string; error?: string }[];
}

/** The first attempt, once it has ended; undefined when it has not by then. */
const firstAttempt = async (client: Client, id: string, endsAt: number) => {
  for (;;) {
    const { text } = await client.call('GET', `${NOTIFICATIONS}${id}`);
    const [first] = (JSON.parse(text) as Attempted).attempts ?? [];
    if (first || Date.now() > endsAt) return first;
    await sleep(500);
  }
};

const interimAnswers = (receivers: number): Attack => ({
  what: `${receivers} receivers that send 100 Continue for ever`,
  goal: `their attempts end within ${ATTEMPT_MAX_S} s`,
  seconds: SECONDS,
  prepare: async ({ attacker, atEnd }) => {
    const started = await Promise.all(Array.from({ length: receivers }, startInterimReceiver));
    for (const receiver of started) atEnd(receiver.close);
    return async () => {
      const endsAt = Date.now() + SECONDS * 1_000;
      const ids = await Promise.all(
        started.map(async ({ url }) => {
          const view = await create(attacker, { entity_id: 'interim', webhook_url: url, send_at: inSeconds(0) });
          return view.id;
        }),
      );
      const attempts = await Promise.all(ids.map((id) => firstAttempt(attacker, id, endsAt)));
      const ended = attempts.flatMap((attempt) => attempt ?? []);
      const seconds = ended.map((one) => (Date.parse(one.finished_at) - Date.parse(one.started_at)) / 1_000);
      const errors = [...new Set(ended.map(({ error, outcome }) => error ?? outcome))];
      if (ended.length === 0) return { text: `0 of ${receivers} attempts ended within ${SECONDS} s`, isMet: false };
      return {
        text: `${ended.length} of ${receivers} attempts ended, after ${max(seconds).toFixed(1)} s at most: ${errors.join(', ')}`,
        isMet: ended.length === receivers && max(seconds) <= ATTEMPT_MAX_S,
      };
    };
  },
});

export const interimAnswersTwo = interimAnswers(2);
export const interimAnswersTen = interimAnswers(10);
