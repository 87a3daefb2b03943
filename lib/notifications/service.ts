/** The verbs of the API. What each may do in which state is decided in state/client-commands.ts. */
import type { AddressOptions } from '../channels/declaration.ts';
import { endpointErrors } from '../endpoints/find.ts';
import type { EndpointStore } from '../endpoints/repository.ts';
import { type FieldError, ServiceError, validationFailed } from '../errors.ts';
import { derivedId } from '../platform/random.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { fromInput } from '../store/fields.ts';
import { isSameContent, sameContent } from '../store/idempotency.ts';
import { checkIfMatch } from '../store/if-match.ts';
import { beingRemoved } from '../store/item-store.ts';
import type { Page } from '../store/page.ts';
import { sampledTrace } from '../telemetry/tracing.ts';
import { type ChangePorts, makeChanges } from './changes.ts';
import { checkTimingForm, dueTime, type Timing } from './due-time.ts';
import { editedBy } from './edited.ts';
import { type Draft, type NewNotification, type Notification, notificationFields } from './notification.ts';
import type { NotificationPatch } from './notification-patch.ts';
import { givenByChannel, parseRecipients, type Recipients } from './recipient.ts';
import { accepted } from './refusal.ts';
import type { NotificationQuery } from './repository.ts';
import { recipientFieldsOf, textsOf, timingFieldsOf, timingOf } from './request-members.ts';
import * as machine from './state/client-commands.ts';
import { textErrors } from './text-rules.ts';
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

/** What is to be stored, or what its key made before. */
export type Prepared = { id: string } & ({ step: machine.Moved } | { existing: Notification });

export interface Creation {
  item: Notification;
  replayed: boolean;
  effects: machine.Effect[];
}

/** With a key, the id is derived from it, and the fingerprint is of the input as it was given. */
type Identity = Pick<Draft, 'id' | 'tenant' | 'fingerprint'>;

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no notification ${id}`);

export const makeNotificationService = (ports: NotificationServicePorts) => {
  const { notifications, random } = ports;
  const { apply, writeContext, handOff, countCreated } = makeChanges(ports);

  const find = async ({ id, tenant }: Addressed): Promise<Notification> => {
    const item = await notifications.get(id);
    if (item?.tenant !== tenant) throw notFound(id);
    return item;
  };

  /** Applied to the item as it is at the moment of the write. */
  const changed = async (found: Notification, decide: (item: Notification) => machine.Step): Promise<Notification> => {
    const { item } = await apply(found, decide);
    if (!item) throw notFound(found.id);
    return item;
  };

  /** A command, or its refusal with the state that forbids it. */
  const command = async (
    address: Addressed,
    decide: (item: Notification) => machine.Step | machine.Refused,
  ): Promise<Notification> => changed(await find(address), (item) => accepted(item, decide(item)));

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
  const dueErrors = (timing: Timing, ifPast: unknown): FieldError[] => {
    if (checkTimingForm(timing).length > 0) return [];
    const due = dueTime(timing, ports.clock.now(), ifPast === 'reject' ? { ifPast } : {});
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
      return { errors: [...errors, ...dueErrors(timing, input.if_past), ...more] };
    }
    return { ...texts, ...identity, to: parsed.to, ...omitUndefined({ trace: sampledTrace() }) };
  };

  /** Judged by every rule, and not stored. */
  const prepare = async (request: CreateRequest, endpoints = ports.endpoints): Promise<Prepared> => {
    const identity = identityOf(request);
    const draft = draftOf(request.input, identity);
    if ('errors' in draft) {
      // An earlier release may have accepted it.
      const existing = await storedOf(identity);
      if (existing && isSameContent(existing, identity.fingerprint)) return { id: identity.id, existing };
      throw validationFailed(draft.errors);
    }
    const on = writeContext();
    const due = dueTime(draft.timing, on.now, { ifPast: draft.ifPast });
    const errors = [
      ...textErrors(draft, draft.to),
      ...('errors' in due ? due.errors : expiryErrors({ ...draft, ...due }, on.now)),
      ...(await endpointErrors(endpoints, draft)),
    ];
    if ('errors' in due || errors.length > 0) {
      // A replay is recognised before any rule that depends on the time of day, on what else is
      // there, or on the release.
      const existing = await storedOf(identity);
      if (existing) return { id: identity.id, existing: sameContent(existing, draft.fingerprint) };
      throw validationFailed(errors);
    }
    return { id: identity.id, step: machine.create(draft, due, on) };
  };

  const store = async (prepared: Prepared): Promise<Creation> => {
    if ('existing' in prepared) return { item: prepared.existing, replayed: true, effects: [] };
    const { next, effects } = prepared.step;
    const result = await notifications.create(next);
    if (result.written) {
      countCreated(next);
      return { item: next, replayed: false, effects };
    }
    if (!result.current) throw beingRemoved();
    return { item: sameContent(result.current, next.fingerprint), replayed: true, effects: [] };
  };

  return {
    /**
     * Persists, then hands to the timer best effort. With a key, the same again answers the first
     * record as it is now.
     */
    create: async (request: CreateRequest): Promise<Omit<Creation, 'effects'>> => {
      const { effects, ...created } = await store(await prepare(request));
      await handOff(effects);
      return created;
    },

    /** The steps of `create`, for those who take many of them at once. */
    steps: { prepare, store, handOff },

    /**
     * The rules beyond the schema that a body, which may break the schema too, breaks; those about
     * what is stored apart.
     */
    problems: (body: Record<string, unknown>): FieldError[] => {
      const input = { ...timingFieldsOf(body), ...recipientFieldsOf(body), window: body.window };
      const { timing, errors } = readForm(input);
      const texts = textsOf(body, timing);
      const unsaid = texts ? textErrors(texts, givenByChannel(body)) : [];
      return [...errors, ...dueErrors(timing, body.if_past), ...unsaid];
    },

    /** As `problems`, of a PATCH; what only the merged notification tells is left out. */
    editProblems: (body: Record<string, unknown>): FieldError[] => {
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
      const { timing, errors } = withoutAnnotations(timingFieldsOf(given));
      const parsed = parseRecipients(recipientFieldsOf(given), ports.recipients);
      const form = [...checkTimingForm(timing), ...errors, ...windowErrors(given.window)];
      const all = 'errors' in parsed ? [...form, ...parsed.errors] : form;
      return all.filter(({ pointer }) => Object.hasOwn(given, pointer.split('/')[1] ?? ''));
    },

    get: find,

    list: (query: NotificationQuery): Promise<Page<Notification>> => notifications.list(query),

    /**
     * Only while never claimed, which the write decides: a claim takes the notification as it was before, or
     * as it is after. The state is judged before If-Match, and that before the PATCH.
     */
    edit: async (request: Addressed & { patch: NotificationPatch; ifMatch?: string }): Promise<Notification> => {
      const { patch, ifMatch } = request;
      const decide = (item: Notification): machine.Step => {
        accepted(item, machine.editRefusal(item));
        checkIfMatch(item, ifMatch);
        const on = writeContext();
        const edited = editedBy(item, patch, { now: on.now, recipients: ports.recipients });
        return accepted(item, machine.edit(item, edited, on));
      };
      const found = await find(request);
      if (patch.endpoint_id) {
        decide(found);
        const to = { webhook: patch.endpoint_id };
        const errors = await endpointErrors(ports.endpoints, { tenant: request.tenant, to });
        if (errors.length > 0) throw validationFailed(errors);
      }
      return changed(found, decide);
    },

    /** Definite: it answers only when it was never attempted and never will be. */
    cancel: (address: Addressed): Promise<Notification> =>
      command(address, (item) => machine.cancel(item, writeContext())),

    stop: (address: Addressed): Promise<Notification> => command(address, (item) => machine.stop(item, writeContext())),

    retry: (address: Addressed, options: { redrive?: boolean } = {}): Promise<Notification> =>
      command(address, (item) => machine.retry(item, writeContext(), options)),
  };
};
