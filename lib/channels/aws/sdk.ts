/**
 * What the channels that go by AWS have in common: client options, and what an SDK error means for
 * the notification.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ProviderReason } from '../../schema/reasons.ts';
import type { SendResult } from '../channel.ts';
import { networkError } from '../http-client/failure.ts';

export interface AwsConfig {
  region: string;
  /**
   * Default: by the SDK's own chain (`AWS_ENDPOINT_URL_SESV2`,
   * `AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2`, `AWS_ENDPOINT_URL`, AWS itself).
   */
  endpoint?: string | undefined;
}

const CONNECT_TIMEOUT_MS = 2_000;
/**
 * Above every channel timeout: the signal ends a late call, never the SDK, which would send the
 * message a second time.
 */
const REQUEST_TIMEOUT_MS = 30_000;
const SOCKETS_MAX = 50;
/** An idle connection is closed before its peer does: what meets a stale one would be an attempt lost. */
const IDLE_MS = 4_000;

/**
 * One attempt: the SDK must not send a message again that may have been taken; our own retries are
 * recorded and counted.
 */
export const clientOptions = ({ region, endpoint }: AwsConfig) => {
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: IDLE_MS };
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  };
};

/**
 * `MailFromDomainNotVerifiedException` -> `mail_from_domain_not_verified`: AWS's own closed words,
 * so safe to show.
 */
const words = (name: string) =>
  name
    .replace(/Exception$/, '')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z\d_]/g, '')
    .slice(0, 80) as ProviderReason;

interface SdkError {
  name?: string;
  /** End User Messaging says why in a closed list of words. */
  Reason?: string;
  $metadata?: { httpStatusCode?: number };
}

/**
 * `hopeless`: names of errors that say the same about this message however often it is sent.
 * Everything else is tried again.
 */
export const awsFailure = (error: unknown, hopeless: ReadonlySet<string>, signal: AbortSignal): SendResult => {
  const { name = '', Reason, $metadata } = error as SdkError;
  if (signal.aborted) return { outcome: 'retry', error: 'timeout' };
  if (name === 'CredentialsProviderError') return { outcome: 'retry', error: 'credentials_unavailable' };
  const httpStatus = $metadata?.httpStatusCode;
  if (httpStatus === undefined) return { outcome: 'retry', error: networkError(error) };
  return { outcome: hopeless.has(name) ? 'failed' : 'retry', error: words(Reason ?? name), httpStatus };
};
