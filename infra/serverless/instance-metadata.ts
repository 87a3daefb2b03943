/**
 * In place of `@smithy/credential-provider-imds` in the bundles: a Lambda function has its credentials from the
 * environment. The package imports node:http, which loads Node's undici, 22 ms of a cold start.
 */
const none = () => async (): Promise<never> => {
  throw new Error('A Lambda function has no metadata of an instance or a container');
};

export const ENV_CMDS_FULL_URI = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
export const ENV_CMDS_RELATIVE_URI = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
export const fromContainerMetadata = none;
export const fromInstanceMetadata = none;
