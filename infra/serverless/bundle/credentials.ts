/**
 * In place of `@aws-sdk/credential-provider-node` in the bundles. A Lambda function has its credentials in
 * its environment: the other sources of the SDK's chain are 120 KB of each bundle, 10 ms of a cold start.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { lazy } from '../../../lib/concurrency/lazy.ts';

/** They stay the same as long as the process runs. */
export const defaultProvider = (options: Parameters<typeof fromEnv>[0]) => lazy(fromEnv(options));
