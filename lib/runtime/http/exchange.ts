/** One request of the HTTP server, from its headers to its answer. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Admitted } from '../../auth/guard.ts';
import { noRoute, ServiceError, validationFailed } from '../../errors.ts';
import { withHeaders } from '../../http/problem.ts';
import { HEADERS_MAX } from '../../http/request.ts';
import { BYTES, type Caller, type HttpResult } from '../../http/types.ts';
import { log } from '../../telemetry/index.ts';
import { authenticate, invoke, type LoadedFunction, OutOfTime } from '../serverless/handlers.ts';
import { answerOf, asAskedFor, problemAnswer } from './answer.ts';
import { ClientGone, expectsContinue, readBody } from './body.ts';
import { compressed } from './compress.ts';
import type { Connections } from './connections.ts';
import { addBody, apiGatewayEvent, hasTooManyHeaders, headersOf, lacksHost, targetOf } from './event.ts';
import type { Held, LoadShedding } from './load-shedding.ts';
import { isMetrics, METRICS_METHODS, metricsAnswer } from './metrics-answer.ts';
import type { Match } from './router.ts';
import type { Answer, UnreadAnswers } from './unread-answers.ts';
import { drained, leaveUnread } from './unwanted-body.ts';

/** Callers that are not known have one tenant's share together. */
const STRANGERS = '';
const READINESS = new Set(['/health', '/health/', '/health/ready', '/health/ready/']);
/** Health checks are answered under overload too. */
const HEALTH = new Set([...READINESS, '/health/live', '/health/live/']);

/** What the server answers with. */
export interface Serving {
  match(method: string, path: string): Match | undefined;
  functions: ReadonlyMap<string, LoadedFunction>;
  /** Throws for those who may not read `/metrics`. */
  admitMetrics: (
    headers: Record<string, string>,
  ) => Promise<Pick<Admitted, 'headers' | 'background'> & Partial<Pick<Admitted, 'principal'>>>;
  /** While false, readiness says no whatever the probes find. */
  isReady(): boolean;
  loadShedding: LoadShedding;
  connections: Connections;
  unread: UnreadAnswers;
  /** For a client that still sends what has been refused, to read the answer. */
  lingerMs: number;
  /**
   * How long an answer waits for the rest of a large body that is not wanted, and for a pause in
   * it.
   */
  drain: { maxMs: number; quietMs: number };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
}

const matchOf = (serving: Serving, method: string, path: string): Match => {
  try {
    const match = serving.match(method, path);
    if (match) return match;
  } catch {
    throw validationFailed([{ pointer: '/path', detail: 'must be percent-encoded UTF-8' }]);
  }
  throw noRoute();
};

/** What the probes say, but that nothing new should come: RFC 9110 has no status of its own for it. */
const asUnready = (result: HttpResult): HttpResult => {
  const text = result.body || result[BYTES]?.toString();
  if (!text) return { ...result, statusCode: 503 };
  const body = JSON.stringify({ ...JSON.parse(text), status: 'unavailable' });
  return { ...result, statusCode: 503, body, [BYTES]: Buffer.from(body) };
};

/** A request that a function is going to answer. */
interface Routed extends Exchange {
  loaded: LoadedFunction;
  event: APIGatewayProxyEventV2;
  /** The caller, once it is known; what every answer says about its limits. */
  caller?: Caller | undefined;
  /** Whether the caller is let in, once that was asked. */
  isKnown?: boolean;
  /** Also of a body without a byte, which leaves no trace in the event. */
  isBodyRead?: boolean;
}

const route = (serving: Serving, { request, response, requestId }: Exchange): Routed => {
  const { method = 'GET', url = '/' } = request;
  const target = targetOf(url);
  if (!target) throw validationFailed([{ pointer: '/path', detail: 'must be a path' }]);
  if (hasTooManyHeaders(request)) {
    throw validationFailed([{ pointer: '/header', detail: `must be at most ${HEADERS_MAX} headers` }]);
  }
  if (lacksHost(request)) throw validationFailed([{ pointer: '/header/host', detail: 'is required' }]);
  const match = matchOf(serving, method, target.path);
  const loaded = serving.functions.get(match.functionName);
  if (!loaded) throw noRoute();
  const event = apiGatewayEvent(request, { match, ...target, requestId, now: new Date() });
  return { request, response, requestId, loaded, event };
};

/**
 * Whose it is, asked once; false when its function is going to refuse it. Rejects when that is not known in
 * time: the function could still let it in, and would run without the body.
 */
const identify = async (routed: Routed): Promise<boolean> => {
  if (routed.isKnown !== undefined) return routed.isKnown;
  try {
    routed.caller = await authenticate(routed.loaded, routed.event, routed.requestId);
    routed.isKnown = true;
  } catch (error) {
    if (error instanceof OutOfTime) throw error;
    routed.isKnown = false;
  }
  return routed.isKnown;
};

const takeBody = async (routed: Routed, take: (bytes: number) => void): Promise<void> => {
  const { bodyBytesMax } = routed.loaded.handler.route ?? {};
  addBody(routed.event, await readBody(routed.request, take, bodyBytesMax));
  routed.isBodyRead = true;
};

const shareOf = ({ caller }: Routed): string => caller?.tenant ?? STRANGERS;

/**
 * The rest of a body that did not come in one packet with its headers: waited for once its sender
 * is known.
 */
const receive = async ({ loadShedding }: Serving, routed: Routed, hold: () => Held): Promise<void> => {
  const { request, response } = routed;
  if (!(await loadShedding.run(() => identify(routed))) || routed.caller?.takesBody === false) return;
  if (expectsContinue(request)) response.writeContinue();
  await takeBody(routed, hold().add);
};

const work = async ({ unread, isReady }: Serving, routed: Routed): Promise<Answer> => {
  const { loaded, event, requestId, request } = routed;
  const isKnown = await identify(routed);
  if (request.complete && !routed.isBodyRead && routed.caller?.takesBody !== false) await takeBody(routed, () => {});
  if (routed.caller?.takesBody && !routed.isBodyRead) {
    throw new ServiceError('unavailable', 'The body could not be read. Try again.');
  }
  const release = isKnown ? unread.reserve(shareOf(routed), loaded.name) : () => {};
  try {
    const result = (await invoke(loaded, event, requestId)) as HttpResult;
    const isUnready = !isReady() && READINESS.has(event.rawPath);
    // While the memory for an answer that large is still reserved.
    return await compressed(answerOf(isUnready ? asUnready(result) : result), event.headers['accept-encoding']);
  } finally {
    release();
  }
};

const reply = async (
  serving: Serving,
  { request, response }: Exchange,
  answer: Answer,
  to?: Parameters<UnreadAnswers['send']>[2],
): Promise<void> => {
  // From here on it is the client that is waited for, to send the rest and to take its answer.
  serving.connections.answered(request.socket);
  await drained(request, serving.drain);
  leaveUnread(request, response, serving.lingerMs);
  serving.unread.send(response, asAskedFor(answer, request.method), to);
};

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

const answer = async (serving: Serving, exchange: Exchange): Promise<void> => {
  const { loadShedding, connections } = serving;
  const { request } = exchange;
  const routed = route(serving, exchange);
  const isHealth = HEALTH.has(routed.event.rawPath);
  if (!isHealth) loadShedding.check();
  // Node goes on with the packet meanwhile: a small request is complete afterwards.
  await undefined;
  let held: Held | undefined;
  const hold = (): Held => {
    held = loadShedding.hold(shareOf(routed));
    return held;
  };
  try {
    if (!request.complete && !isHealth) await receive(serving, routed, hold);
    connections.working(request.socket);
    const made = await (isHealth ? work(serving, routed) : loadShedding.run(() => work(serving, routed)));
    // What a request changed is answered in any case; what it only reads can be asked for again.
    const to = { share: shareOf(routed), kind: routed.loaded.name, isRepeatable: isRead(request) };
    await reply(serving, exchange, made, to);
  } catch (error) {
    throw routed.caller && error instanceof ServiceError ? withHeaders(error, routed.caller.headers) : error;
  } finally {
    held?.release();
  }
};

const serveMetrics = async (serving: Serving, exchange: Exchange): Promise<void> => {
  if (!isRead(exchange.request)) {
    throw new ServiceError('method-not-allowed', `This path takes ${METRICS_METHODS}.`, {
      headers: { allow: METRICS_METHODS },
    });
  }
  const given = headersOf(exchange.request);
  const { headers, background, principal } = await serving.admitMetrics(given);
  await background;
  const answer = await metricsAnswer(given, headers);
  const to = { share: principal?.tenant ?? STRANGERS, kind: 'metrics', isRepeatable: true };
  await reply(serving, exchange, answer, to);
};

/** Never rejects: what goes wrong is answered. */
export const handle = async (serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const requestId = randomUUID();
  const exchange = { request, response, requestId };
  try {
    await (isMetrics(request) ? serveMetrics(serving, exchange) : answer(serving, exchange));
  } catch (error) {
    if (error instanceof ClientGone) {
      request.socket.destroy(); // nothing would answer, or close it
      return;
    }
    if (!(error instanceof ServiceError)) log.error('invocation.failed', { request_id: requestId, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    await reply(serving, exchange, problemAnswer(request, error, requestId));
  }
};
