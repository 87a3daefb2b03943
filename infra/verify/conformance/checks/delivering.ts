/** What the checks of delivery share. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Received, Rule } from '../../kit/receiver.ts';
import type { Service } from '../service.ts';
import type { Notification } from '../shapes.ts';

/** A notification by webhook to a path of its own, due now by default. */
export const sendTo = (service: Service, rule: Rule, more: Record<string, unknown> = {}): Promise<Notification> => {
  const path = `/${service.tag}/${crypto.randomUUID()}`;
  service.receiver.behave(path, rule);
  return service.create({ send_at: service.at(0), webhook_url: service.receiver.url(path), ...more });
};

/** The same message each time: its id and its bytes; only the time and the signature change. */
export const expectSameMessage = (all: readonly Received[]): void => {
  equal(new Set(all.map(({ text }) => text)).size, 1, 'the body changed between attempts');
  equal(new Set(all.map(({ id }) => id)).size, 1, 'webhook-id changed between attempts');
};

/** A POST of JSON with the headers of Standard Webhooks, about this notification. */
export const expectWebhook = ({ verified, hasSecret }: Service, n: Notification, received: Received): void => {
  const { headers, method, text } = received;
  deepEqual([method, headers['content-type']], ['POST', 'application/json']);
  ok(/^\d{10}$/.test(String(headers['webhook-timestamp'])), 'webhook-timestamp is no time in seconds');
  ok(/^v1,/.test(String(headers['webhook-signature'])), 'webhook-signature is none of v1');
  const { type, timestamp, data } = JSON.parse(text) as { type: string; timestamp: string; data: object };
  equal(type, n.notification_type);
  ok(Number.isFinite(Date.parse(timestamp)), `timestamp ${timestamp}`);
  const { notification_id, entity_id, send_at } = data as Record<string, unknown>;
  deepEqual([notification_id, entity_id, send_at], [n.id, n.entity_id, n.send_at]);
  if (hasSecret) ok(verified(received).every(Boolean), 'the signature does not verify with the given secret');
};

/** When the open channel is tried next; the check is skipped when that is too long to wait. */
export const nextAttemptOf = (service: Service, n: Notification, waitMaxMs: number): number => {
  const at = Date.parse(n.channels.webhook?.next_attempt_at ?? '');
  ok(Number.isFinite(at), `no next_attempt_at: ${JSON.stringify(n.channels)}`);
  const leftMs = at - service.now();
  if (leftMs > waitMaxMs) {
    service.skip(`the next attempt is ${Math.round(leftMs / 1_000)} s away: the retry schedule is not the default one`);
  }
  return at;
};
