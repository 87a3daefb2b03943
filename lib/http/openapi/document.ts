/** OpenAPI 3.1, generated from the schemas that requests are parsed with. */
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { VERSION } from '../../platform/version.ts';
import { deadLetterPaths } from './dead-letters.ts';
import { endpointPaths } from './endpoints.ts';
import { erasurePaths } from './erasure.ts';
import { eventPaths } from './events.ts';
import { recordExamples, requestExamples } from './examples.ts';
import { introduction } from './introduction.ts';
import { keyPaths } from './keys.ts';
import { notificationPaths } from './notifications.ts';
import { byAccess, endpointScope, guarded, mapOperations, securitySchemes } from './security.ts';
import { systemPaths } from './system.ts';
import { notificationWebhook } from './webhook.ts';

const TAGS = {
  events: 'What happened, as your systems say it. Rules turn events into notifications.',
  notifications: 'What must reach somebody at a given time.',
  endpoints: 'Receivers of webhooks with keys, headers and limits of their own.',
  'dead letters': 'What could not be delivered or processed, and how to bring it back.',
  erasure: 'Removes what is stored about one person.',
  keys: 'The API keys of the tenant.',
  system: 'Health, and where to start.',
  webhooks: 'What the service sends to receivers.',
};

const withExample = (operation: ZodOpenApiOperationObject, example: unknown): ZodOpenApiOperationObject => {
  const { requestBody } = operation;
  if (example === undefined || !requestBody) return operation;
  const content = Object.entries(requestBody.content ?? {}).map(([type, media]) => [type, { ...media, example }]);
  return { ...operation, requestBody: { ...requestBody, content: Object.fromEntries(content) } };
};

/**
 * zod writes the bounds of a safe integer, and that the names of a record are text: nothing that a
 * reader needs.
 */
const withoutNoise = (jsonSchema: ZodOpenApiOverrideContext['jsonSchema']): void => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  const names = jsonSchema.propertyNames;
  if (typeof names === 'object' && Object.keys(names).join() === 'type') delete jsonSchema.propertyNames;
};

const override = ({ jsonSchema }: ZodOpenApiOverrideContext): void => {
  withoutNoise(jsonSchema);
  const example = recordExamples[jsonSchema.id ?? ''];
  if (example !== undefined) jsonSchema.examples = [example];
};

const apiPaths: ZodOpenApiPathsObject = {
  ...guarded(eventPaths, byAccess('events')),
  ...guarded({ ...notificationPaths, ...deadLetterPaths }, byAccess('notifications')),
  ...guarded(endpointPaths, endpointScope),
  ...guarded({ ...erasurePaths, ...keyPaths }, () => 'admin'),
  ...systemPaths,
};

/** Without `security` anywhere: no scheme and no padlock. */
const open = ({ security: _, ...operation }: ZodOpenApiOperationObject): ZodOpenApiOperationObject => operation;

export interface DocumentOptions {
  /** Whether a key or token is needed here. */
  authenticated: boolean;
  /** Business time, epoch ms: the examples lie ahead of it. */
  now: number;
}

/** Every path answers with and without its trailing slash. */
export const openApiDocument = ({ authenticated, now }: DocumentOptions) => {
  const examples = requestExamples(now);
  const paths = mapOperations(apiPaths, (operation) => {
    const withBody = withExample(operation, examples[operation.operationId ?? '']);
    return authenticated ? withBody : open(withBody);
  });
  const document = {
    openapi: '3.1.0' as const,
    info: {
      title: 'Event Notification Service',
      version: VERSION,
      description: introduction({ authenticated }),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: { notification: { post: authenticated ? notificationWebhook : open(notificationWebhook) } },
    ...(authenticated && { components: { securitySchemes } }),
  };
  return createDocument(document, { override });
};
