/**
 * The known notification types: one row each. Others are accepted; they have no text of their own,
 * the rule for other events, and the metric label `other`. Free of zod, as telemetry imports it.
 */

/** Which notification an event causes. */
export interface Rule {
  /** Part of the ids of what it makes: never changed once in use. */
  id: string;
  /** The payload's members that may name the entity, the first one present wins. */
  entity: readonly string[];
  /** The payload's member that may name the group. */
  group?: string;
  /** The payload's member that holds the target; absent: the time of acceptance. */
  target?: { field: string; required: boolean };
  /**
   * Calendar days before the target where the payload's `lead_days` does not say; absent: the rule
   * takes no lead.
   */
  leadDaysDefault?: number;
}

/** What a notification says that brings no text of its own. */
export interface Text {
  subject: string;
  body: string;
  /** Instead of the body where there is no target date to name. */
  bodyWithoutTarget?: string;
}

/**
 * Texts by the version from which on they hold; `null`: none any more. A notification keeps the
 * version it was created with, as every attempt must say the same. So to change a text, or to give
 * a type its first one, use the next version (`newestTextVersion` + 1): what was released never
 * changes.
 */
export type VersionedTexts = Record<number, Text | null>;

interface NotificationType {
  /** For events of this type; without one, as for other types. */
  rule?: Rule;
  texts: VersionedTexts;
}

export const LEAD_TIME_DAYS_DEFAULT = 7;

const AT_ONCE: Rule = { id: 'at-once', entity: ['user_id', 'entity_id'] };
const BEFORE_EXPIRY: Rule = {
  id: 'before-expiry',
  entity: ['user_id', 'entity_id'],
  target: { field: 'expiry_date', required: true },
  leadDaysDefault: LEAD_TIME_DAYS_DEFAULT,
};

export const NOTIFICATION_TYPES: Readonly<Record<string, NotificationType>> = {
  'user.signup': {
    rule: AT_ONCE,
    texts: {
      0: { subject: 'Welcome', body: 'Welcome! Your account {{entity_id}} is ready.' },
      1: { subject: 'Welcome', body: 'Welcome! Your account is ready.' },
    },
  },
  'payment.failed': {
    rule: AT_ONCE,
    texts: {
      0: {
        subject: 'Your payment failed',
        body: 'A payment for {{entity_id}} failed. Please check your payment details.',
      },
      1: { subject: 'Your payment failed', body: 'Your payment failed. Please check your payment details.' },
    },
  },
  'payment.success': {
    rule: AT_ONCE,
    texts: {
      0: { subject: 'We received your payment', body: 'A payment for {{entity_id}} was received. Thank you.' },
      1: { subject: 'We received your payment', body: 'We received your payment. Thank you.' },
    },
  },
  'password.expiry': {
    rule: BEFORE_EXPIRY,
    texts: {
      0: {
        subject: 'Your password expires soon',
        body: 'The password of {{entity_id}} expires on {{target_date}}. Please change it before then.',
      },
      1: {
        subject: 'Your password expires soon',
        body: 'Your password expires on {{target_date}}. Please change it before then.',
        bodyWithoutTarget: 'Your password expires soon. Please change it before then.',
      },
    },
  },
  'user.unsubscribe': {
    rule: AT_ONCE,
    texts: {
      0: {
        subject: 'You are unsubscribed',
        body: '{{entity_id}} is unsubscribed and will get no further messages.',
      },
      1: {
        subject: 'You are unsubscribed',
        body: 'You are unsubscribed and will get no further messages.',
      },
    },
  },
  custom: {
    texts: { 0: { subject: 'Notification', body: 'This is a notification about {{entity_id}}.' }, 1: null },
  },
};

export const KNOWN_TYPES = Object.keys(NOTIFICATION_TYPES);

/** For `custom`, and for any other type that carries a recipient. */
const FALLBACK: Rule = {
  id: 'custom',
  entity: ['entity_id', 'user_id'],
  group: 'group',
  target: { field: 'target_date', required: false },
  leadDaysDefault: 0,
};

const rules = [FALLBACK, ...Object.values(NOTIFICATION_TYPES).flatMap(({ rule }) => rule ?? [])];

export const ruleFor = (type: string): Rule =>
  (Object.hasOwn(NOTIFICATION_TYPES, type) && NOTIFICATION_TYPES[type]?.rule) || FALLBACK;

/** The members of payloads that may name an entity, by any rule: where its erasure looks for them. */
export const ENTITY_MEMBERS: readonly string[] = [...new Set(rules.flatMap(({ entity }) => entity))];
