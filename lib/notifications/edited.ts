/** What a PATCH makes of a notification: merged (RFC 7396), then judged by the rules of creation. Pure. */
import type { AddressOptions } from '../channels/declaration.ts';
import { addressNames } from '../channels/index.ts';
import { validationFailed } from '../errors.ts';
import type { MergePatch } from '../schema/merge-patch.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import type { Checked } from '../schema/validate.ts';
import { checkPatchedSize, patchErrors, patched } from '../store/patch.ts';
import type { ChannelRecords } from './channel-record.ts';
import { checkTimingForm, dueTime, type IfPast, mergeTiming, type Timing, withLead } from './due-time.ts';
import { contentFields, type Notification, notificationFields } from './notification.ts';
import type { NotificationPatch } from './notification-patch.ts';
import { patchChannels } from './recipient.ts';
import type { Edited } from './state/client-commands.ts';
import { targetErrors, textErrors } from './text-rules.ts';
import { withoutAnnotations } from './time-annotations.ts';
import { expiryErrors, windowErrors } from './time-rules.ts';

const TEXTS = Object.keys(contentFields);
/** What bounds its time to act. */
const BOUNDS = ['window', 'expires_after'];

type TimingPatch = MergePatch<Timing>;

const timesOf = ({ target_date, lead_time_days, send_at, timezone }: NotificationPatch): TimingPatch =>
  omitUndefined({ target_date, lead_time_days, send_at, timezone });

const withoutNull = (patch: TimingPatch): Timing =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));

const timeOf = (
  before: Timing,
  patch: TimingPatch,
  { now, ifPast }: { now: number; ifPast: IfPast | undefined },
): Checked<Edited['time']> => {
  const { timing: asked, errors: annotations } = withoutAnnotations(withoutNull(patch));
  const timing = withLead(mergeTiming(before, { ...patch, ...asked }));
  const form = [...checkTimingForm(timing), ...annotations];
  if (form.length > 0) return { errors: form };
  const due = dueTime(timing, now, { ifPast });
  return 'errors' in due ? due : { value: { timing, due } };
};

const namesAny = (patch: NotificationPatch, names: readonly string[]): boolean =>
  Object.entries(patch).some(([name, value]) => value !== undefined && names.includes(name));

/**
 * What the PATCH does not name is not judged again, but for the texts, which must be complete. Throws
 * `validation-failed` with every rule that is broken, and `payload-too-large`.
 */
export const editedBy = (
  item: Notification,
  patch: NotificationPatch,
  { now, recipients }: { now: number; recipients: AddressOptions },
): Edited => {
  const content = patched(notificationFields, item, patch);
  const broken = patchErrors(notificationFields, content, patch);
  const addressed: Checked<ChannelRecords> = namesAny(patch, addressNames)
    ? patchChannels(item.channels, patch, { ...recipients, dueAt: item.dueAt })
    : { value: item.channels };
  const times = timesOf(patch);
  const timed: Checked<Edited['time']> =
    Object.keys(times).length > 0 ? timeOf(item.timing, times, { now, ifPast: content.ifPast }) : { value: undefined };
  const { value: channels = item.channels } = addressed;
  const { timing, due } = timed.value ?? { timing: item.timing, due: { sendAt: item.sendAt } };
  const zones = namesAny(patch, ['window']) ? windowErrors(content.window) : [];
  const isBound = timed.value !== undefined || namesAny(patch, BOUNDS);
  const canBeJudged = [...broken, ...zones, ...(timed.errors ?? [])].length === 0;
  const isSaidAsBefore = !namesAny(patch, [...TEXTS, ...addressNames]);
  const errors = [
    ...broken,
    ...(addressed.errors ?? []),
    ...(timed.errors ?? []),
    ...zones,
    ...(isBound && canBeJudged ? expiryErrors({ ...content, timing, ...due }, now) : []),
    // Texts that an earlier release took are not judged by another field.
    ...(isSaidAsBefore || broken.length > 0 ? [] : textErrors({ ...content, timing }, channels)),
    ...targetErrors(content, timing),
  ];
  if (errors.length > 0) throw validationFailed(errors);
  if (content !== item) checkPatchedSize(notificationFields, item, content);
  return { item: { ...content, channels }, ...(timed.value && { time: timed.value }) };
};
