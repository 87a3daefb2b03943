/**
 * The texts of notifications that bring none of their own, by version
 * (schema/notification-types.ts). To change the text for other types or the form of dates, append a
 * line to `DEFAULTS`; a line that was released never changes.
 */
import { NOTIFICATION_TYPES, type Text, type VersionedTexts } from '../../schema/notification-types.ts';

interface Defaults {
  /** Of every other type: for webhooks. People get no e-mail or SMS of a type without a text. */
  other: Text;
  /**
   * How `{{target_date}}` is written: as an instant in UTC, or as the day in the zone of the
   * notification.
   */
  targetDate: 'instant' | 'day';
}

interface TextVersion extends Defaults {
  byType: Record<string, Text>;
}

/** By version; a version without a line has those of the one before it. */
const DEFAULTS: Record<number, Defaults> = {
  0: {
    other: {
      subject: 'Notification: {{notification_type}}',
      body: '{{notification_type}}: this is a notification about {{entity_id}}.',
    },
    targetDate: 'instant',
  },
  1: { other: { subject: 'Notification', body: 'You have a new notification.' }, targetDate: 'day' },
};

const asOf = <T>(byVersion: Record<number, T>, version: number): T | undefined => {
  const since = Object.keys(byVersion).map(Number);
  return byVersion[Math.max(...since.filter((one) => one <= version))];
};

const types = Object.entries(NOTIFICATION_TYPES);
const allVersions = [DEFAULTS, ...types.map(([, { texts }]) => texts)].flatMap(Object.keys);

const versionOf = (version: number): TextVersion => ({
  ...(asOf(DEFAULTS, version) as Defaults),
  byType: Object.fromEntries(
    types.flatMap(([type, { texts }]) => {
      const text = asOf<VersionedTexts[number]>(texts, version);
      return text ? [[type, text]] : [];
    }),
  ),
});

/** The index is the version. What is stored without one has version 0. */
export const textVersions: TextVersion[] = Array.from(
  { length: Math.max(...allVersions.map(Number)) + 1 },
  (_, version) => versionOf(version),
);

/** What a new notification stores: nothing for version 0. */
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
