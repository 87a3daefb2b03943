/**
 * Secrets are in the template as references to Secrets Manager, which CloudFormation resolves.
 * `ssm-secure` does not work for Lambda:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */

type Environment = Record<string, string | undefined>;

const REFERENCE = /^\{\{resolve:secretsmanager:[^{}\s]+\}\}$/;
/** Every stage needs these; without a value they are read from the stage's own secret. */
const NEEDED = ['CURSOR_SECRET', 'WEBHOOK_SECRETS'];

/** Variable -> whether a value of it is a secret. */
const IS_SECRET: Record<string, (value: string) => boolean> = {
  CURSOR_SECRET: () => true,
  WEBHOOK_SECRETS: () => true,
  // Only KMS decrypts a key that is `<name>:kms:<blob>`.
  FIELD_KEYS: (value) => value.split(/\s+/).some((key) => key !== '' && !/^[^:]+:kms:/.test(key)),
  SMTP_URL: (value) => /^\w+:\/\/[^/@]*@/.test(value),
};
export const SECRET_VARIABLES = Object.keys(IS_SECRET);

export const secretName = (service: string, stage: string): string => `${service}-${stage}`;

/** An emulator may have no Secrets Manager. */
const isEmulated = (stage: string): boolean => stage === 'local';

/** References for the required secrets that have no value. */
export const defaultReferences = (service: string, stage: string, env: Environment): Record<string, string> =>
  Object.fromEntries(
    isEmulated(stage)
      ? []
      : NEEDED.filter((name) => !env[name]).map((name) => [
          name,
          `{{resolve:secretsmanager:${secretName(service, stage)}:SecretString:${name}}}`,
        ]),
  );

/** Whether the value is a secret and not a reference to one. */
export const isPlainSecret = (name: string, value: string): boolean =>
  value !== '' && !REFERENCE.test(value) && (IS_SECRET[name]?.(value) ?? false);

/** The command that creates the stage's secret. */
export const creationCommand = (service: string, stage: string, region: string): string =>
  `aws secretsmanager create-secret --region ${region} --name ${secretName(service, stage)} --secret-string "{\\"CURSOR_SECRET\\":\\"$(openssl rand -base64 32)\\",\\"WEBHOOK_SECRETS\\":\\"whsec_$(openssl rand -base64 32)\\"}"`;

/** A problem for each secret in plain text, unless PLAIN_SECRETS=1 allows them. */
export const plainSecretProblems = (service: string, stage: string, env: Environment): string[] =>
  isEmulated(stage) || env.PLAIN_SECRETS === '1'
    ? []
    : SECRET_VARIABLES.filter((name) => isPlainSecret(name, env[name] ?? '')).map(
        (name) =>
          `${name} would be in plain text in the template: keep it in Secrets Manager, in ${secretName(service, stage)} under that name, and set ${name}='{{resolve:secretsmanager:${secretName(service, stage)}:SecretString:${name}}}'; or allow it by PLAIN_SECRETS=1`,
      );
