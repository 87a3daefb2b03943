import type { InboxEntry } from '../inbox/store.ts';

/** The parts of a notification that the demo shows. */
export interface Notification {
  id: string;
  status: string;
  send_at: string;
  attempts: { channel: string; outcome: string; lateness_ms: number }[];
}

export interface Step {
  /** Epoch ms, wall clock. */
  at: number;
  what: string;
  detail: string;
}

const styled = (code: number) => (text: string) => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = styled(1);
export const soft = styled(2);

/** Prints a step per line: seconds since the start, what happened. */
export const timeline =
  (startedAt: number) =>
  ({ at, what, detail }: Step): void => {
    const seconds = ((at - startedAt) / 1_000).toFixed(3).padStart(7);
    process.stdout.write(`  ${soft(`${seconds} s`)}  ${what}${detail ? `  ${soft(detail)}` : ''}\n`);
  };

export const callsFor = (api: string, aws: string) => {
  const read = async <T>(answer: Response): Promise<T> => {
    if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return {
    raw: (url: string) => fetch(url),
    post: async <T>(path: string, body: unknown) =>
      read<T>(await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) })),
    get: async <T>(path: string) => read<T>(await fetch(api + path, { headers })),
    clock: async () => read<{ now: string }>(await fetch(`${aws}/_local/clock`)),
    inbox: async (id: string) =>
      read<InboxEntry[]>(await fetch(`${aws}/_local/inbox?notification_id=${id}`, { headers })),
  };
};
