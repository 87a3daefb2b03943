/** Creating notifications and reading how they fared, by the API alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, expectJson } from './http-client.ts';

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

export const create = (client: Client, notification: Record<string, unknown>): Promise<View> =>
  expectJson<View>(201, client.call('POST', path, { notification_type: 'user.signup', ...notification }));

/** All of an entity, page by page. */
export const allOf = async (client: Client, entityId: string): Promise<View[]> => {
  const found = new Map<string, View>();
  let next = `${path}?limit=${PAGE}&entity_id=${encodeURIComponent(entityId)}`;
  while (next) {
    const { views, link } = await page(client, next);
    for (const view of views) found.set(view.id, view);
    next = link;
  }
  return [...found.values()];
};

const page = async (client: Client, at: string): Promise<{ views: View[]; link: string }> => {
  const answer = await client.call('GET', at);
  if (answer.status !== 200) throw new Error(`${at}: ${answer.status} ${answer.text.slice(0, 300)}`);
  const target = /<[^>]*?(\/api\/v1\/[^>]+)>;\s*rel="next"/.exec(answer.link ?? '')?.[1];
  return { views: JSON.parse(answer.text), link: target ?? '' };
};

/** Waits until each notification of the entity has ended, `withinMs` at most; answers them as they are then. */
export const untilEnded = async (client: Client, entityId: string, withinMs: number): Promise<View[]> => {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const views = await allOf(client, entityId);
    const open = views.some(({ status }) => !['SENT', 'FAILED', 'CANCELED'].includes(status));
    if (!open || performance.now() > endsAt) return views;
    await sleep(500);
  }
};
