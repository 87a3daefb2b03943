import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDb } from './dynamodb/index.ts';
import type { Faults, ServiceName, Verdict } from './faults.ts';
import { type Answer, write } from './http/answer.ts';
import { refusesForeign } from './http/foreign.ts';
import { refusal, serviceOf } from './http/refusal.ts';
import { queryError } from './http/xml.ts';
import type { makeKms } from './kms/index.ts';
import { isWebhookSink, type LocalApiParts, type makeLocalApi } from './local-api/local-api.ts';
import type { makeSes } from './ses/ses.ts';
import type { makeSms } from './sms/sms.ts';
import { withExtraDelay } from './sqs/extra-delay.ts';
import type { Sqs } from './sqs/index.ts';
import { answerSts } from './sts/sts.ts';

interface SchedulerHandler {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

interface GatewayParts {
  dynamodb: DynamoDb;
  sqs: Sqs;
  scheduler: SchedulerHandler;
  ses: ReturnType<typeof makeSes>;
  sms: ReturnType<typeof makeSms>;
  kms: ReturnType<typeof makeKms>;
  local: ReturnType<typeof makeLocalApi>;
  faults: Faults;
}

export type { LocalApiParts };

/** The service in a SigV4 credential scope, `key/date/region/SERVICE/aws4_request`. */
type SigningName = 'dynamodb' | 'sqs' | 'scheduler' | 'ses' | 'sms-voice' | 'kms' | 'sts';

const faultName: Partial<Record<SigningName, ServiceName>> = {
  dynamodb: 'dynamodb',
  sqs: 'sqs',
  scheduler: 'scheduler',
  ses: 'ses',
  'sms-voice': 'sms',
  kms: 'kms',
};

const NO_SQS_QUERY =
  'The local SQS speaks the AWS JSON protocol alone. Update the AWS SDK or CLI to a version of November 2023 or later: ' +
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html lists the first of each';
const SERVICES: readonly string[] = [...Object.keys(faultName), 'sts'];

const BODY_BYTES_MAX = 16 * 1_024 * 1_024;

/** `DynamoDB_20120810.PutItem` is `PutItem`; requests of REST services name no operation. */
const operationOf = ({ headers }: IncomingMessage): string | undefined =>
  String(headers['x-amz-target'] ?? '').split('.')[1];

/** Until the fault is cleared, or the client disconnects. */
const waitWhileHeld = async (held: Extract<Verdict, { kind: 'hold' }>, { socket }: IncomingMessage): Promise<void> => {
  const disconnected = Promise.withResolvers<void>();
  const onClose = (): void => disconnected.resolve();
  socket.once('close', onClose);
  if (!socket.destroyed) await Promise.race([held.cleared, disconnected.promise]);
  socket.off('close', onClose);
  held.release();
};

const readBody = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) reject(new RangeError('too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });

const refuseUnknown = (request: IncomingMessage, name: string | undefined): Answer =>
  name === undefined
    ? refusal(
        request,
        400,
        'MissingAuthenticationToken',
        'The request is not signed, so it names no service. Only paths under /_local/ need no signature',
      )
    : refusal(request, 501, 'NotImplemented', `The local AWS has no service "${name}"; it has ${SERVICES.join(', ')}`);

/** One endpoint for every SDK and the AWS CLI: the signature of a request names its service. */
export const makeGateway = (parts: GatewayParts) => {
  const { dynamodb, sqs, scheduler, ses, sms, kms, local, faults } = parts;

  const answer = async (name: string, request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    const body = await readBody(request);
    const { headers, method = 'GET', url: path = '/' } = request;
    if (name === 'dynamodb') return dynamodb.handle(headers, body);
    if (name === 'sqs' && operationOf(request) === undefined) return queryError(400, 'InvalidAction', NO_SQS_QUERY);
    if (name === 'sqs') {
      const wait = operationOf(request)?.startsWith('SendMessage') ? faults.extraDelay() : undefined;
      const text = wait ? withExtraDelay(body, wait) : body;
      if (operationOf(request)?.startsWith('SendMessage') && faults.duplicates())
        await sqs.handle(headers, text, () => false);
      return sqs.handle(headers, text, () => response.closed || response.destroyed);
    }
    if (name === 'ses') return ses(method, new URL(path, 'http://local').pathname, body);
    if (name === 'sms-voice') return sms(headers, body);
    if (name === 'kms') return kms(headers, body);
    return answerSts(body);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const localUrl = path.startsWith('/_local') ? new URL(path, 'http://local') : undefined;
    if (refusesForeign(request, response, localUrl && isWebhookSink(localUrl))) return;
    if (localUrl) return write(response, await local(request, localUrl, await readBody(request)));
    const name = serviceOf(request);
    if (name === undefined || !SERVICES.includes(name)) {
      // The answer does not wait for the body, which may be of any size.
      request.resume();
      return write(response, refuseUnknown(request, name));
    }
    const faulty = faultName[name as SigningName];
    const verdict = faulty && faults.judge(faulty, operationOf(request));
    if (verdict?.kind === 'drop') return void request.socket.destroy();
    if (verdict?.kind === 'answer') {
      request.resume();
      return write(response, refusal(request, verdict.status, verdict.code, verdict.message));
    }
    if (verdict?.kind === 'delay') await sleep(verdict.ms, undefined, { ref: false });
    const held = verdict?.kind === 'hold' ? verdict : undefined;
    if (held?.when === 'before') await waitWhileHeld(held, request);
    // A held call whose client has disconnected never arrived.
    if (held && request.socket.destroyed) return;
    if (name === 'scheduler') return scheduler.handle(request, response);
    const result = await answer(name, request, response);
    if (held?.when === 'after') await waitWhileHeld(held, request);
    write(response, result);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed || request.destroyed) return void response.destroy();
      if (error instanceof RangeError && error.message === 'too large')
        return write(
          response,
          refusal(request, 413, 'RequestEntityTooLarge', `A request may have ${BODY_BYTES_MAX} bytes`),
        );
      process.stderr.write(`${request.method} ${request.url}: ${(error as Error).stack}\n`);
      write(response, refusal(request, 500, 'InternalServerError', 'The local AWS failed; its output says why'));
    });
  };
};
