/**
 * What a handler says of itself for the OpenAPI document. What its schemas say is taken from them:
 * document.ts.
 */
import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';

export interface Answer {
  description: string;
  /** Absent: no body. */
  schema?: z.ZodType;
  headers?: ('etag' | 'idempotent-replayed' | 'link' | 'location')[];
  /** What can be done next with the record: operations that take its id. */
  links?: string[];
}

export interface Operation {
  /** Unique in the API: generated clients name their methods by it. */
  operationId: string;
  summary: string;
  description?: string;
  /** The body's schema, where the handler reads the body itself. */
  body?: z.ZodType;
  /** A body that can be sent as it is to a record that exists; {@link DAY} stands for a day ahead. */
  example?: unknown;
  /** By media type, beside the first of `contentTypes`, which `body` and `example` are of. */
  otherBodies?: Record<string, { schema: z.ZodType; example: unknown }>;
  /** By status. */
  answers: Record<number, Answer>;
  /** Errors beyond those that scope, params, body and headers of the route imply. */
  problems?: ErrorCode[];
}

/** In texts of examples: stands for {@link dayAhead}. */
export const DAY = '{{day ahead}}';

/** The first day of a month, two to three months after `now`: the document changes once a month. */
export const dayAhead = (now: number): string => {
  const today = new Date(now);
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 3, 1)).toISOString().slice(0, 10);
};

/** One record, as it is after the operation. */
export const record = (schema: z.ZodType, description = 'As it is now'): Answer => ({
  description,
  schema,
  headers: ['etag'],
});

/** A page of a list. */
export const page = (schema: z.ZodType): Answer => ({
  description: 'A page',
  schema: z.array(schema),
  headers: ['link'],
});
