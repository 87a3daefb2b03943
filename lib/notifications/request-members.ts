/** What a body gives, whether or not it keeps to the schema: for the rules beyond it. */
import * as z from 'zod';
import { byAddress } from '../channels/index.ts';
import { omitUndefined, textOf } from '../schema/omit-undefined.ts';
import { typeName } from '../schema/text.ts';
import { fromInput } from '../store/fields.ts';
import { LEAD_TIME_DAYS_MAX, type Timing, withLead } from './due-time.ts';
import { contentFields, type NewNotification, notificationFields } from './notification.ts';
import type { Recipients } from './recipient.ts';

/** A lead that cannot be used is given all the same. */
export const timingFieldsOf = ({
  target_date,
  lead_time_days: lead,
  send_at,
  timezone,
}: Record<string, unknown>): Timing =>
  omitUndefined({
    target_date: textOf(target_date),
    lead_time_days: lead === undefined || isLead(lead) ? lead : 0,
    send_at: textOf(send_at),
    timezone: textOf(timezone),
  });

const isLead = (lead: unknown): lead is number =>
  Number.isInteger(lead) && Number(lead) >= 0 && Number(lead) <= LEAD_TIME_DAYS_MAX;

export const recipientFieldsOf = (body: Record<string, unknown>): Recipients =>
  omitUndefined(byAddress(({ name }) => textOf(body[name])));

const textFields = z.object({ notification_type: typeName, ...contentFields });

/** Undefined while the texts break the schema: then that is what is said of them. */
export const textsOf = (body: Record<string, unknown>, timing: Timing) => {
  const { data: texts } = textFields.safeParse(body);
  if (!texts) return undefined;
  return { ...fromInput(notificationFields, texts), entityId: textOf(body.entity_id) ?? '', timing };
};

export const timingOf = ({
  target_date,
  lead_time_days,
  send_at,
  timezone,
}: Pick<NewNotification, keyof Timing>): Timing =>
  withLead(omitUndefined({ target_date, lead_time_days, send_at, timezone }));
