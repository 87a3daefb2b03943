/**
 * What is secret stands in the template as a reference, which CloudFormation resolves when it makes
 * the functions: the value is in no template, no deployment bucket and no console of
 * CloudFormation. It is in the functions' configuration, encrypted at rest, for those who may call
 * lambda:GetFunctionConfiguration.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html:
 * `ssm-secure` is not for Lambda, and `ssm` is for what is no secret.
 */

type Environment = Record<string, string | undefined>;

const REFERENCE = /^\{\{resolve:secretsmanager:[^{}\s]+\}\}$/;
/** Every stage needs these, so where nothing is given they are in the stage's own secret. */
const NEEDED = ['CURSOR_SECRET', 'WEBHOOK_SECRETS'];

/** By variable: whether a value of it would give something away. */
const IS_SECRET: Record<string, (value: string) => boolean> = {
  CURSOR_SECRET: () => true,
  WEBHOOK_SECRETS: () => true,
  // KMS alone opens a key that is `<name>:kms:<blob>`.
  FIELD_KEYS: (value) => value.split(/\s+/).some((key) => key !== '' && !/^[^:]+:kms:/.test(key)),
  SMTP_URL: (value) => /^\w+:\/\/[^/@]*@/.test(value),
};
export const SECRET_VARIABLES = Object.keys(IS_SECRET);

export const secretName = (service: string, stage: string): string => `${service}-${stage}`;

/** Emulators get what they are given. */
const isEmulated = (stage: string): boolean => stage === 'local';

/** What stands in place of the needed ones that are not given. */
export const defaultReferences = (service: string, stage: string, env: Environment): Record<string, string> =>
  Object.fromEntries(
    isEmulated(stage)
      ? []
      : NEEDED.filter((name) => !env[name]).map((name) => [
          name,
          `{{resolve:secretsmanager:${secretName(service, stage)}:SecretString:${name}}}`,
        ]),
  );

export const isInClear = (name: string, value: string): boolean =>
  value !== '' && !REFERENCE.test(value) && (IS_SECRET[name]?.(value) ?? false);

export const howToMake = (service: string, stage: string, region: string): string =>
  `aws secretsmanager create-secret --region ${region} --name ${secretName(service, stage)} --secret-string "{\\"CURSOR_SECRET\\":\\"$(openssl rand -base64 32)\\",\\"WEBHOOK_SECRETS\\":\\"whsec_$(openssl rand -base64 32)\\"}"`;

/** PLAIN_SECRETS=1 says that they may be. */
export const clearProblems = (service: string, stage: string, env: Environment): string[] =>
  isEmulated(stage) || env.PLAIN_SECRETS === '1'
    ? []
    : SECRET_VARIABLES.filter((name) => isInClear(name, env[name] ?? '')).map(
        (name) =>
          `${name} would be in clear in the template: keep it in Secrets Manager, in ${secretName(service, stage)} under that name, and set ${name}='{{resolve:secretsmanager:${secretName(service, stage)}:SecretString:${name}}}'; or allow it by PLAIN_SECRETS=1`,
      );
