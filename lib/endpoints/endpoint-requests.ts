/** What a client may ask about an endpoint. Apart from the noun: what delivers needs none of it. */
import * as z from 'zod';
import { OVERLAP_DEFAULT_SECONDS } from '../schema/rotation.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import { createShape, patchShape, startingWith } from '../store/fields.ts';
import { endpointFields, OVERLAP_MAX_SECONDS, secret } from './endpoint.ts';

const { secret: newSecret, ...newSettings } = createShape(endpointFields);
export const newEndpointSchema = z
  .strictObject({ ...startingWith(newSettings, 'url', 'description', 'headers'), secret: newSecret })
  .meta({ id: 'NewEndpoint' });
export type NewEndpoint = z.output<typeof newEndpointSchema>;

/** Merged (RFC 7396): what is absent stays, `null` removes; `headers` are merged name by name. */
export const endpointPatchSchema = z
  .strictObject(startingWith(patchShape(endpointFields), 'url', 'description', 'headers'))
  .refine((patch) => Object.keys(patch).length > 0, {
    message: `at least one of ${Object.keys(patchShape(endpointFields)).join(', ')} is required`,
    ...evenIfMembersAreWrong,
  })
  .meta({ id: 'EndpointPatch', minProperties: 1 });
export type EndpointPatch = z.output<typeof endpointPatchSchema>;

export const rotateSecretSchema = z
  .strictObject({
    secret,
    overlap_seconds: z
      .int()
      .min(0)
      .max(OVERLAP_MAX_SECONDS)
      .optional()
      .meta({ description: `How long the old keys sign along with the new ones. Default ${OVERLAP_DEFAULT_SECONDS}.` }),
  })
  .meta({ id: 'RotateSecret' });
export type RotateSecret = z.output<typeof rotateSecretSchema>;

export const enableSchema = z
  .strictObject({
    replay: z.boolean().optional().meta({
      description: 'Also redrives what died since it was last disabled, or began to fail before that. Default false.',
    }),
  })
  .meta({ id: 'EnableEndpoint' });
