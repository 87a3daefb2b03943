/**
 * What can be read of a body that may break the schema: the rules beyond the schema are judged all the
 * same, so that all errors are named at once.
 */
import * as z from 'zod';
import { byAddress } from '../channels/index.ts';
import { omitUndefined, textOf } from '../schema/omit-undefined.ts';
import { typeName } from '../schema/text.ts';
import { fromInput } from '../store/fields.ts';
import { LEAD_TIME_DAYS_MAX, type Timing } from './due-time.ts';
import { contentFields, notificationFields } from './notification.ts';
import type { Recipients } from './recipient.ts';

const isLead = (lead: unknown): lead is number =>
  Number.isInteger(lead) && Number(lead) >= 0 && Number(lead) <= LEAD_TIME_DAYS_MAX;

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

export const recipientFieldsOf = (body: Record<string, unknown>): Recipients =>
  omitUndefined(byAddress(({ name }) => textOf(body[name])));

const textFields = z.object({ notification_type: typeName, ...contentFields });

/** Undefined while the texts break the schema: then that is what is said of them. */
export const textsOf = (body: Record<string, unknown>, timing: Timing) => {
  const { data: texts } = textFields.safeParse(body);
  if (!texts) return undefined;
  return { ...fromInput(notificationFields, texts), entityId: textOf(body.entity_id) ?? '', timing };
};
