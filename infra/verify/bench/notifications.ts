/** Creating notifications and reading how they fared, by the API alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from '../kit/client.ts';

export interface Attempt {
  started_at: string;
  outcome: string;
}

export interface View {
  id: string;
  status: string;
  send_at: string;
  attempts: Attempt[];
}

const path = '/api/v1/notifications/';
const PAGE = 100;

/** The body; throws on any status but `status`. */
const bodyOf = <T>({ status: got, body, text }: Answer<T>, status: number): T => {
  if (got !== status) throw new Error(`expected ${status}, got ${got}: ${text.slice(0, 500)}`);
  return body;
};

export const create = async (client: Client, notification: Record<string, unknown>): Promise<View> =>
  bodyOf(await client.call<View>('POST', path, { notification_type: 'user.signup', ...notification }), 201);

/** All of an entity, page by page. */
export const allOf = async (client: Client, entityId: string): Promise<View[]> => {
  const found = new Map<string, View>();
  let next: string | undefined = `${path}?limit=${PAGE}&entity_id=${encodeURIComponent(entityId)}`;
  while (next) {
    const { views, next: after } = await page(client, next);
    for (const view of views) found.set(view.id, view);
    next = after;
  }
  return [...found.values()];
};

/** The path of the next page, by the Link header. */
export const nextPathOf = ({ headers }: Answer<unknown>): string | undefined =>
  /<[^>]*?(\/api\/v1\/[^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];

const page = async (client: Client, path: string): Promise<{ views: View[]; next: string | undefined }> => {
  const answer = await client.call<View[]>('GET', path);
  return { views: bodyOf(answer, 200), next: nextPathOf(answer) };
};

/**
 * Waits until each notification of the entity has ended, `withinMs` at most; answers them as they
 * are then.
 */
export const untilEnded = async (client: Client, entityId: string, withinMs: number): Promise<View[]> => {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const views = await allOf(client, entityId);
    const open = views.some(({ status }) => !['SENT', 'FAILED', 'CANCELED'].includes(status));
    if (!open || performance.now() > endsAt) return views;
    await sleep(500);
  }
};
