/**
 * The texts of notifications that bring none of their own. A notification keeps the version it was created with, because every attempt
 * must say the same. To change a text, append a version: one that was released never changes, and none is removed.
 */
export interface Text {
  subject: string;
  body: string;
}

interface TextVersion {
  byType: Record<string, Text>;
  /** Of every other type. */
  other: Text;
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
  },
];

/** What a new notification keeps: nothing for version 0. */
export const newestTextVersion = (): { textVersion?: number } =>
  textVersions.length > 1 ? { textVersion: textVersions.length - 1 } : {};

/** Throws for a version that a later release has stored: it is tried again, rather than sent with another text. */
export const builtInText = (type: string, version = 0): Text => {
  const texts = textVersions[version];
  if (!texts) throw new Error(`Version ${version} of the built-in texts is not known`);
  return (Object.hasOwn(texts.byType, type) ? texts.byType[type] : undefined) ?? texts.other;
};
