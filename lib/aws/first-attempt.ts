/**
 * The first attempt at a call, without the middleware of the SDK, which takes more processor time than all
 * the rest of a call. What serialises, signs, sends and reads is the SDK's own. A failure is left to its
 * middleware, which makes the further attempts.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { getSmithyContext } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import type { EndpointV2, HttpRequest, HttpResponse, MetadataBearer } from '@smithy/types';
import { lazy } from '../concurrency/lazy.ts';
import { invocationTraceId, processEnvironment } from '../platform/environment.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { Sha256 } from './sha256.ts';

/** Of a client, whatever its service; the SDK's types name each service's own. */
interface Protocol {
  serializeRequest(operation: object, input: object, context: object): Promise<HttpRequest>;
  /** Throws the service's typed errors. */
  deserializeResponse(operation: object, context: object, response: HttpResponse): Promise<MetadataBearer>;
}

type EndpointOf = Parameters<typeof getEndpointFromInstructions>;

interface CallContext {
  operationSchema?: unknown[];
  commandInstance: { constructor: EndpointOf[1] };
  abortSignal?: AbortSignal;
}

/** SQS is called where the URL of the queue says, unless the client has an endpoint. */
const queueOriginOf = (config: Partial<SQSClient['config']>, { QueueUrl }: { QueueUrl?: string }): URL | undefined =>
  config.useQueueUrlAsEndpoint && !config.isCustomEndpoint && QueueUrl ? new URL(QueueUrl) : undefined;

const sendTo = (request: HttpRequest, { protocol, hostname, port }: URL): void => {
  Object.assign(request, { protocol, hostname, port: port ? Number(port) : undefined });
};

/** @param isFinal whether a failure is the call's answer, and nothing to repeat */
export const attemptDirectly = (
  client: DynamoDBClient | SQSClient | SchedulerClient,
  isFinal: (error: unknown) => boolean,
): void => {
  // What is used here is the same for all.
  const { config, middlewareStack } = client as DynamoDBClient;
  const protocol = config.protocol as unknown as Protocol;
  const { inLambda } = processEnvironment();
  const signer = new SignatureV4({
    service: config.defaultSigningName,
    region: config.region,
    credentials: config.credentials,
    sha256: Sha256,
  });

  middlewareStack.add(
    (next, context) => {
      const {
        operationSchema = [],
        commandInstance,
        abortSignal,
      } = getSmithyContext(context) as unknown as CallContext;
      const [, namespace, name, traits, input, output] = operationSchema;
      const operation = { namespace, name, traits, input, output };
      const endpoint = lazy(
        (): Promise<EndpointV2> =>
          getEndpointFromInstructions(
            {},
            commandInstance.constructor,
            { ...config } as unknown as EndpointOf[2],
            context,
          ),
      );
      const serde = { ...config, ...context, endpoint };
      const options = omitUndefined({ abortSignal });

      const attempt = async (input: object) => {
        const request = await protocol.serializeRequest(operation, input, serde);
        const queueOrigin = queueOriginOf(config as Partial<SQSClient['config']>, input);
        if (queueOrigin) sendTo(request, queueOrigin);
        request.headers.host = (queueOrigin ?? (await endpoint()).url).host;
        const traceId = inLambda ? invocationTraceId() : undefined;
        if (traceId !== undefined) request.headers['x-amzn-trace-id'] = traceId;
        const signed = await signer.sign(request, { signingDate: new Date(Date.now() + config.systemClockOffset) });
        const { response } = await config.requestHandler.handle(signed as never, options);
        return { response, output: await protocol.deserializeResponse(operation, serde, response) };
      };
      return async (args) => {
        try {
          return (await attempt(args.input)) as never;
        } catch (error) {
          if (isFinal(error) || abortSignal?.aborted) throw error;
          return next(args);
        }
      };
    },
    { name: 'firstAttempt', step: 'initialize', priority: 'high' },
  );
};
