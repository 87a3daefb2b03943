/** The verbs of the API. What each may do in which state is decided in state/client-commands.ts. */
import * as z from 'zod';
import type { AddressOptions } from '../channels/declaration.ts';
import { byAddress } from '../channels/index.ts';
import { endpointErrors } from '../endpoints/find.ts';
import type { EndpointStore } from '../endpoints/repository.ts';
import { type ErrorCode, type FieldError, ServiceError, validationFailed } from '../errors.ts';
import { derivedId } from '../platform/random.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { LEAD_TIME_DAYS_DEFAULT } from '../schema/notification-types.ts';
import { omitUndefined, textOf } from '../schema/omit-undefined.ts';
import { typeName } from '../schema/text.ts';
import { isSameContent } from '../store/erased.ts';
import { fromInput } from '../store/fields.ts';
import { checkIfMatch } from '../store/if-match.ts';
import { beingRemoved } from '../store/item-store.ts';
import type { Page } from '../store/page.ts';
import { sampledTrace } from '../telemetry/tracing.ts';
import { type ChangePorts, makeChanges } from './changes.ts';
import { viewChannels } from './channel-record.ts';
import { checkTimingForm, type Due, dueTime, LEAD_TIME_DAYS_MAX, mergeTiming, type Timing } from './due-time.ts';
import {
  contentFields,
  type Draft,
  isOpen,
  type NewNotification,
  type Notification,
  notificationFields,
} from './notification.ts';
import { givenByChannel, parseRecipients, type Recipients } from './recipient.ts';
import type { NotificationQuery } from './repository.ts';
import * as machine from './state/client-commands.ts';
import { targetErrors, textErrors } from './text-rules.ts';
import { withoutAnnotations } from './time-annotations.ts';
import { expiryErrors, windowErrors } from './time-rules.ts';

export interface NotificationServicePorts extends ChangePorts {
  endpoints: Pick<EndpointStore, 'get'>;
  recipients: AddressOptions;
}

interface Addressed {
  id: string;
  tenant: string;
}

interface CreateRequest {
  input: NewNotification;
  tenant: string;
  idempotencyKey?: string;
}

/** With a key, the id is derived from it, and the fingerprint is of the input as it was given. */
type Identity = Pick<Draft, 'id' | 'tenant' | 'fingerprint'>;

const TEXTS: Record<machine.Refused['refused'], string> = {
  'already-attempted': 'Delivery has been claimed for sending already',
  'already-ended': 'The notification has ended already',
  'not-failed': 'Only a FAILED notification with a failed channel can be retried',
};

/**
 * Every 409 carries the state that forbids it. `status` of a problem document is the HTTP status,
 * so ours has its own name.
 */
const refusal = (code: ErrorCode & machine.Refused['refused'], item: Notification): ServiceError =>
  new ServiceError(code, `${TEXTS[code]}; it is ${item.status}`, {
    extensions: { notification_status: item.status, channels: viewChannels(item) },
  });

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no notification ${id}`);

/** Of a body that may break the schema: a lead that cannot be used is given all the same. */
const timingFieldsOf = ({ target_date, lead_time_days: lead, send_at, timezone }: Record<string, unknown>): Timing =>
  omitUndefined({
    target_date: textOf(target_date),
    lead_time_days: lead === undefined || isLead(lead) ? lead : 0,
    send_at: textOf(send_at),
    timezone: textOf(timezone),
  });

const isLead = (lead: unknown): lead is number =>
  Number.isInteger(lead) && Number(lead) >= 0 && Number(lead) <= LEAD_TIME_DAYS_MAX;

const recipientFieldsOf = (body: Record<string, unknown>): Recipients =>
  omitUndefined(byAddress(({ name }) => textOf(body[name])));

const textFields = z.object({ notification_type: typeName, ...contentFields });

/** Undefined while the texts break the schema: then that is what is said of them. */
const textsOf = (body: Record<string, unknown>, timing: Timing) => {
  const { data: texts } = textFields.safeParse(body);
  if (!texts) return undefined;
  return { ...fromInput(notificationFields, texts), entityId: textOf(body.entity_id) ?? '', timing };
};

const timingOf = (input: Pick<NewNotification, keyof Timing>): Timing => {
  const { target_date, lead_time_days, send_at, timezone } = input;
  const lead = lead_time_days ?? (target_date === undefined ? undefined : LEAD_TIME_DAYS_DEFAULT);
  return omitUndefined({ target_date, lead_time_days: lead, send_at, timezone });
};

export const makeNotificationService = (ports: NotificationServicePorts) => {
  const { notifications, metrics, random } = ports;
  const { apply, writeContext, handOff } = makeChanges(ports);

  const find = async ({ id, tenant }: Addressed): Promise<Notification> => {
    const item = await notifications.get(id);
    if (item?.tenant !== tenant) throw notFound(id);
    return item;
  };

  /**
   * A command: applied to the item as it is at the moment of the write, or refused with the state
   * that forbids it.
   */
  const command = async (
    address: Addressed,
    decide: (item: Notification) => machine.Step | machine.Refused,
  ): Promise<Notification> => {
    const { item } = await apply(await find(address), (current) => {
      const step = decide(current);
      if ('refused' in step) throw refusal(step.refused, current);
      return step;
    });
    if (!item) throw notFound(address.id);
    return item;
  };

  const replay = (existing: Notification, print: string | undefined) => {
    if (isSameContent(existing, print)) return { item: existing, replayed: true };
    throw new ServiceError('idempotency-key-reused', 'Idempotency-Key was used before with another body', {
      errors: [{ pointer: '/header/idempotency-key', detail: 'must not be used again with another body' }],
    });
  };

  const readForm = (input: Pick<NewNotification, keyof Timing | keyof Recipients> & { window?: unknown }) => {
    const parsed = parseRecipients(input, ports.recipients);
    const { timing, errors } = withoutAnnotations(timingOf(input));
    const form = [...checkTimingForm(timing), ...errors, ...windowErrors(input.window)];
    return { parsed, timing, errors: 'errors' in parsed ? [...form, ...parsed.errors] : form };
  };

  /**
   * Of a form that is wrong already: when it would be due is judged too, so that all errors are
   * named at once.
   */
  const dueErrors = (timing: Timing): FieldError[] => {
    if (checkTimingForm(timing).length > 0) return [];
    const due = dueTime(timing, ports.clock.now());
    return 'errors' in due ? due.errors : [];
  };

  const identityOf = ({ input, tenant, idempotencyKey: key }: CreateRequest): Identity => {
    if (key === undefined) return { id: random.id('ntf_'), tenant };
    return { id: derivedId('ntf_', tenant, 'POST /notifications', key), tenant, fingerprint: fingerprint(input) };
  };

  /** What a key was first used for; nothing without a key. */
  const storedOf = async ({ id, fingerprint: print }: Identity): Promise<Notification | undefined> =>
    print === undefined ? undefined : notifications.get(id);

  const draftOf = (input: NewNotification, identity: Identity): Draft | { errors: FieldError[] } => {
    const { parsed, timing, errors } = readForm(input);
    const texts = { ...fromInput(notificationFields, input), timing };
    if (errors.length > 0 || 'errors' in parsed) {
      const more = textErrors(texts, givenByChannel(input));
      return { errors: [...errors, ...dueErrors(timing), ...more] };
    }
    return { ...texts, ...identity, to: parsed.to, ...omitUndefined({ trace: sampledTrace() }) };
  };

  return {
    /**
     * Persists, then hands to the timer best effort. With a key, the same again answers the first
     * record as it is now.
     */
    create: async (request: CreateRequest) => {
      const identity = identityOf(request);
      const draft = draftOf(request.input, identity);
      if ('errors' in draft) {
        // An earlier release may have accepted it.
        const existing = await storedOf(identity);
        if (existing && isSameContent(existing, identity.fingerprint)) return replay(existing, identity.fingerprint);
        throw validationFailed(draft.errors);
      }
      const on = writeContext();
      const due = dueTime(draft.timing, on.now);
      const errors = [
        ...textErrors(draft, draft.to),
        ...('errors' in due ? due.errors : expiryErrors({ ...draft, ...due }, on.now)),
        ...(await endpointErrors(ports.endpoints, draft)),
      ];
      if ('errors' in due || errors.length > 0) {
        // A replay is recognised before any rule that depends on the time of day, on what else is
        // there, or on the release.
        const existing = await storedOf(identity);
        if (existing) return replay(existing, draft.fingerprint);
        throw validationFailed(errors);
      }
      const step = machine.create(draft, due, on);
      const result = await notifications.create(step.next);
      if (!result.written) {
        if (!result.current) throw beingRemoved();
        return replay(result.current, draft.fingerprint);
      }
      metrics.notificationCreated({ type: draft.type });
      if (!isOpen(step.next)) metrics.notificationCanceled();
      await handOff(step.effects);
      return { item: step.next, replayed: false };
    },

    /**
     * The rules beyond the schema that a body, which may break the schema too, breaks; those about
     * what is stored apart.
     */
    problems: (body: Record<string, unknown>): FieldError[] => {
      const input = { ...timingFieldsOf(body), ...recipientFieldsOf(body), window: body.window };
      const { timing, errors } = readForm(input);
      const texts = textsOf(body, timing);
      const unsaid = texts ? textErrors(texts, givenByChannel(body)) : [];
      return [...errors, ...dueErrors(timing), ...unsaid];
    },

    /** As `problems`; what only the merged timing tells is left out. */
    rescheduleProblems: (body: Record<string, unknown>): FieldError[] => {
      const { timing, errors } = withoutAnnotations(timingFieldsOf(body));
      return [...checkTimingForm(timing), ...errors].filter(({ pointer }) => Object.hasOwn(body, pointer.slice(1)));
    },

    get: find,

    list: (query: NotificationQuery): Promise<Page<Notification>> => notifications.list(query),

    reschedule: (request: Addressed & { patch: Timing; ifMatch?: string }): Promise<Notification> =>
      command(request, (item) => {
        const refused = machine.canReschedule(item);
        if (refused) return refused;
        checkIfMatch(item, request.ifMatch);
        const on = writeContext();
        const { timing, due } = rescheduled(item, request.patch, on.now);
        return machine.reschedule(item, timing, due, on);
      }),

    /** Definite: it answers only when it was never attempted and never will be. */
    cancel: (address: Addressed): Promise<Notification> =>
      command(address, (item) => machine.cancel(item, writeContext())),

    stop: (address: Addressed): Promise<Notification> => command(address, (item) => machine.stop(item, writeContext())),

    retry: (address: Addressed, options: { redrive?: boolean } = {}): Promise<Notification> =>
      command(address, (item) => machine.retry(item, writeContext(), options)),
  };
};

const rescheduled = (item: Notification, patch: Timing, now: number): { timing: Timing; due: Due } => {
  const { timing: asked, errors: zoneErrors } = withoutAnnotations(patch);
  const merged = mergeTiming(item.timing, asked);
  const timing =
    merged.target_date === undefined
      ? merged
      : { ...merged, lead_time_days: merged.lead_time_days ?? LEAD_TIME_DAYS_DEFAULT };
  const form = [...checkTimingForm(timing), ...zoneErrors];
  if (form.length > 0) throw validationFailed(form);
  const due = dueTime(timing, now);
  const errors = [...('errors' in due ? due.errors : []), ...targetErrors(item, timing)];
  if ('errors' in due || errors.length > 0) throw validationFailed(errors);
  return { timing, due };
};
