/** Notifications with a window or an expiry go through the state machine; each write is held to the laws. */
import { checkWrite } from '../../testing/laws.ts';
import { at, moved, NOW } from '../../testing/states.ts';
import type { Notification } from '../notification.ts';
import type { Window } from '../window.ts';
import { create, edit } from './client-commands.ts';
import { missed } from './worker-steps.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Open at `NOW`, which is 12:00. */
export const LUNCH: Window = { from: '11:00', until: '13:00' };
/** Opens in an hour. */
export const LATER: Window = { from: '13:00', until: '15:00' };
export const drop = (window: Window): Window => ({ ...window, outside: 'drop' });

export type Bounds = Partial<Pick<Notification, 'window' | 'expiresAfter'>>;
export const made = (
  bounds: Bounds,
  sendAt = NOW,
  to: Record<string, string> = { email: 'a@b.c', sms: '+919999912345' },
) => {
  const draft = { id: 'ntf_1', tenant: 'acme', type: 'custom', entityId: 'e', timing: {}, to, ...bounds };
  const { next, effects } = create(draft, { sendAt }, at());
  checkWrite(undefined, next);
  return { item: next, effects };
};
export const stepped = (before: Notification, step: Parameters<typeof moved>[0]): Notification => {
  const next = moved(step);
  checkWrite(before, next);
  return next;
};
export const late = (item: Notification, now: number) => stepped(item, missed(item, at(now)));
export const reschedule = (item: Notification, sendAt: number) =>
  stepped(item, edit(item, { item, time: { timing: {}, due: { sendAt } } }, at()));
