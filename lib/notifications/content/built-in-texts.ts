/**
 * The texts of notifications that bring none of their own. A notification keeps the version it was
 * created with, because every attempt must say the same. To change a text, append a version: one
 * that was released never changes, and none is removed.
 */
export interface Text {
  subject: string;
  body: string;
  /** Instead of the body where there is no target date to name. */
  bodyWithoutTarget?: string;
}

interface TextVersion {
  byType: Record<string, Text>;
  /** Of every other type: for webhooks. People get no e-mail or SMS of a type without a text. */
  other: Text;
  /**
   * How `{{target_date}}` is written: as an instant in UTC, or as the day in the zone of the
   * notification.
   */
  targetDate: 'instant' | 'day';
}

/** The index is the version. What is stored without one has version 0. */
export const textVersions: TextVersion[] = [
  {
    byType: {
      'user.signup': { subject: 'Welcome', body: 'Welcome! Your account {{entity_id}} is ready.' },
      'payment.failed': {
        subject: 'Your payment failed',
        body: 'A payment for {{entity_id}} failed. Please check your payment details.',
      },
      'payment.success': {
        subject: 'We received your payment',
        body: 'A payment for {{entity_id}} was received. Thank you.',
      },
      'password.expiry': {
        subject: 'Your password expires soon',
        body: 'The password of {{entity_id}} expires on {{target_date}}. Please change it before then.',
      },
      'user.unsubscribe': {
        subject: 'You are unsubscribed',
        body: '{{entity_id}} is unsubscribed and will get no further messages.',
      },
      custom: { subject: 'Notification', body: 'This is a notification about {{entity_id}}.' },
    },
    other: {
      subject: 'Notification: {{notification_type}}',
      body: '{{notification_type}}: this is a notification about {{entity_id}}.',
    },
    targetDate: 'instant',
  },
  {
    byType: {
      'user.signup': { subject: 'Welcome', body: 'Welcome! Your account is ready.' },
      'payment.failed': {
        subject: 'Your payment failed',
        body: 'Your payment failed. Please check your payment details.',
      },
      'payment.success': {
        subject: 'We received your payment',
        body: 'We received your payment. Thank you.',
      },
      'password.expiry': {
        subject: 'Your password expires soon',
        body: 'Your password expires on {{target_date}}. Please change it before then.',
        bodyWithoutTarget: 'Your password expires soon. Please change it before then.',
      },
      'user.unsubscribe': {
        subject: 'You are unsubscribed',
        body: 'You are unsubscribed and will get no further messages.',
      },
    },
    other: { subject: 'Notification', body: 'You have a new notification.' },
    targetDate: 'day',
  },
];

/** What a new notification keeps: nothing for version 0. */
export const newestTextVersion = (): { textVersion?: number } =>
  textVersions.length > 1 ? { textVersion: textVersions.length - 1 } : {};

/**
 * Throws for a version that a later release has stored: it is tried again, rather than sent with
 * another text.
 */
const textVersion = (version: number): TextVersion => {
  const texts = textVersions[version];
  if (!texts) throw new Error(`Version ${version} of the built-in texts is not known`);
  return texts;
};

const ofType = (texts: TextVersion, type: string): Text | undefined =>
  Object.hasOwn(texts.byType, type) ? texts.byType[type] : undefined;

/** Whether a new notification of the type has a text that is fit for people. */
export const hasBuiltInText = (type: string): boolean =>
  ofType(textVersion(textVersions.length - 1), type) !== undefined;

/** Throws for an unknown version. */
export const builtInText = (type: string, options: { version?: number | undefined; hasTarget: boolean }): Text => {
  const texts = textVersion(options.version ?? 0);
  const text = ofType(texts, type) ?? texts.other;
  return options.hasTarget ? text : { ...text, body: text.bodyWithoutTarget ?? text.body };
};

/** Throws for an unknown version. */
export const targetDateForm = (version = 0): TextVersion['targetDate'] => textVersion(version).targetDate;
