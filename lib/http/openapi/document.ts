/** OpenAPI 3.1, generated from what the handlers declare. */
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { VERSION } from '../../platform/version.ts';
import { recordExamples } from './examples.ts';
import { introduction } from './introduction.ts';
import { type DeclaredRoute, operationObject, operationOf } from './operation-object.ts';
import { isPaged } from './problems.ts';
import { notificationWebhook } from './webhook.ts';

export type { DeclaredRoute } from './operation-object.ts';

/** By the folder of the handler, in the order of the document. */
export const TAGS: Record<string, string> = {
  events: 'What happened, as your systems say it. Rules turn events into notifications.',
  notifications: 'What must reach a person or a system at a given time.',
  schedules: 'Notifications again and again, at the times of a cron expression.',
  endpoints: 'Receivers of webhooks with keys, headers and limits of their own.',
  'dead letters': 'What could not be delivered or processed, and how to bring it back.',
  erasure: 'Removes what is stored about one person.',
  jobs: 'Work on many records: redrives, replays and erasures, how far they are, and how to end them.',
  keys: 'The API keys of the tenant.',
  system: 'Health, and where to start.',
  webhooks: 'What the service sends to receivers.',
};

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key of the service, or a token of the configured issuer.' },
  key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key of the service.' },
} as const;

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

/** Without `security` anywhere: no scheme and no padlock. */
const withoutSecurity = ({ security: _, ...operation }: ZodOpenApiOperationObject): ZodOpenApiOperationObject =>
  operation;

/** A list has its trailing slash, as what is in it follows; the API answers to both forms. */
const documentedPath = ({ path }: DeclaredRoute, lists: ReadonlySet<string>): string =>
  lists.has(path) ? `${path}/` : path;

const pathsOf = (routes: readonly DeclaredRoute[], authenticated: boolean): ZodOpenApiPathsObject => {
  const byTag = Object.keys(TAGS).flatMap((tag) => routes.filter((route) => route.tag === tag));
  const documented = byTag.flatMap((route) => {
    const operation = operationOf(route);
    return operation ? [{ route, operation }] : [];
  });
  const pathOf = new Map(documented.map(({ route, operation }) => [operation.operationId, route.path]));
  const lists = new Set(documented.filter(({ route }) => isPaged(route.route)).map(({ route }) => route.path));
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { route, operation } of documented) {
    const object = operationObject(route, operation, pathOf);
    const path = documentedPath(route, lists);
    const method = route.method.toLowerCase();
    paths[path] = { ...paths[path], [method]: authenticated ? object : withoutSecurity(object) };
  }
  return paths;
};

export interface DocumentOptions {
  /** Whether a key or token is needed here. */
  authenticated: boolean;
}

/** Every path answers with and without its trailing slash. */
export const openApiDocument = (routes: readonly DeclaredRoute[], { authenticated }: DocumentOptions) => {
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
    paths: pathsOf(routes, authenticated),
    webhooks: { notification: { post: authenticated ? notificationWebhook : withoutSecurity(notificationWebhook) } },
    ...(authenticated && { components: { securitySchemes } }),
  };
  return createDocument(document, { override });
};
