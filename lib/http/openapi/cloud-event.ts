/** A CloudEvent as the JSON event format writes it (cloudevents/spec v1.0.2, formats/json-format.md). */
import * as z from 'zod';
import { BATCH_MAX } from '../../events/cloudevents.ts';
import { eventId, eventSource, eventSubject, eventType, payloadSchema } from '../../events/event.ts';

/** An optional attribute may be null, which means that it is not set. */
const cloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: eventId.meta({ description: 'Unique within `source`: publishing it again changes nothing.' }),
    source: eventSource,
    type: eventType,
    subject: eventSubject.nullish(),
    time: z.string().nullish().meta({ description: 'RFC 3339, with its offset.' }),
    datacontenttype: z.string().nullish().meta({ description: 'A JSON media type.' }),
    dataschema: z.string().nullish(),
    data: payloadSchema.nullish().meta({ description: 'The payload of the event.' }),
    data_base64: z.string().nullish().meta({ description: 'The base64 of a JSON object, instead of `data`.' }),
  })
  // Not narrower: generated TypeScript holds the members above to the type of the others too.
  .catchall(z.unknown())
  .meta({
    id: 'CloudEvent',
    description: 'CloudEvents 1.0, JSON format. Other members are extension attributes: text, booleans or integers.',
  });

export const cloudEventBatch = z.array(cloudEvent).max(BATCH_MAX);
