import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../lib/telemetry/log-interface.ts';
import { conform } from './constraints.ts';
import { SchedulerError, serialization, unknownOperation } from './errors.ts';
import { inputs, type OperationName } from './shapes.ts';

const BODY_BYTES_MAX = 1_048_576;

/** Operations of a path with a name or ARN, and without. */
const ROUTES: Record<string, { one: Record<string, OperationName>; all: Record<string, OperationName> }> = {
  schedules: {
    one: { POST: 'CreateSchedule', PUT: 'UpdateSchedule', GET: 'GetSchedule', DELETE: 'DeleteSchedule' },
    all: { GET: 'ListSchedules' },
  },
  'schedule-groups': {
    one: { POST: 'CreateScheduleGroup', GET: 'GetScheduleGroup', DELETE: 'DeleteScheduleGroup' },
    all: { GET: 'ListScheduleGroups' },
  },
  tags: { one: { POST: 'TagResource', GET: 'ListTagsForResource', DELETE: 'UntagResource' }, all: {} },
};

/** Members by their names in the query, which differ between Get or Delete and List. */
const QUERY: Record<string, string> = {
  groupName: 'GroupName',
  clientToken: 'ClientToken',
  ScheduleGroup: 'GroupName',
  NamePrefix: 'NamePrefix',
  State: 'State',
  MaxResults: 'MaxResults',
  NextToken: 'NextToken',
};

const readBody = async (req: IncomingMessage): Promise<object> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new SchedulerError(413, 'RequestEntityTooLarge', 'The request is too large.');
    chunks.push(chunk);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as object;
  } catch {
    throw serialization('The request body is not valid JSON.');
  }
};

const queryInput = (query: URLSearchParams) => {
  const input: Record<string, unknown> = {};
  for (const [key, value] of query) {
    const name = QUERY[key];
    if (name) input[name] = name === 'MaxResults' ? Number(value) : value;
  }
  if (query.has('TagKeys')) input.TagKeys = query.getAll('TagKeys');
  return input;
};

const decode = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw serialization('The path is not valid.');
  }
};

/** Reads the request into the operation's input, checked against the model. */
const readRequest = async (req: IncomingMessage) => {
  // Not by URL: it would resolve a schedule named `..`.
  const [path = '', query] = (req.url ?? '').split(/\?(.*)/s);
  const [, collection = '', rest = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  const route = Object.hasOwn(ROUTES, collection) ? ROUTES[collection] : undefined;
  const operation = route?.[rest ? 'one' : 'all'][req.method ?? ''];
  if (!operation) throw unknownOperation();
  const label = collection === 'tags' ? 'ResourceArn' : 'Name';
  const body = await readBody(req);
  if (Array.isArray(body) || typeof body !== 'object') throw serialization('The request body is not a JSON object.');
  const input = { ...body, ...queryInput(new URLSearchParams(query)), ...(rest && { [label]: decode(rest) }) };
  return { operation, input: conform(inputs[operation], input) };
};

/** Inputs are checked by `conform`. */
export type Actions = { [Name in OperationName]: (input: never) => object };

/** rest-json: errors carry their name in `x-amzn-errortype` and `{"Message"}` in the body. */
export const makeRouter = (actions: Actions, log: Log | undefined) => {
  const reply = (res: ServerResponse, status: number, body: object, errorType?: string) => {
    const text = JSON.stringify(body);
    res.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-amzn-requestid': crypto.randomUUID(),
      ...(errorType && { 'x-amzn-errortype': errorType }),
    });
    res.end(text);
  };

  const fail = (res: ServerResponse, error: unknown) => {
    if (error instanceof SchedulerError) return reply(res, error.status, { Message: error.message }, error.type);
    log?.error('scheduler request failed', { error: String(error) });
    reply(res, 500, { Message: 'Internal error' }, 'InternalServerException');
  };

  return (req: IncomingMessage, res: ServerResponse): void => {
    readRequest(req)
      .then(({ operation, input }) => reply(res, 200, actions[operation](input as never)))
      .catch((error: unknown) => fail(res, error));
  };
};
