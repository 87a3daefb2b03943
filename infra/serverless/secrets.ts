/**
 * Serverless Framework plugin: removes from each function the secrets that none of its `needs` includes
 * (infra/resources/secrets.yml). One without a value becomes a reference to the stage's own.
 */
import { defaultReferences } from './secret-references.ts';

/** Word of `needs` -> variables. */
export type Secrets = Record<string, string[]>;

interface Serverless {
  service: {
    functions: Record<string, { needs?: string[] }>;
    service: string;
    custom: { secrets: Secrets };
    provider: {
      stage: string;
      environment: Record<string, unknown>;
      compiledCloudFormationTemplate: { Resources: Record<string, LambdaFunction> };
    };
  };
}
interface LambdaFunction {
  Properties: { Environment?: { Variables: Record<string, unknown> } };
}

/** The secrets that a function with these needs does not get. */
export const withheldFrom = (needs: string[] | undefined, secrets: Secrets): string[] => {
  const given = new Set((needs ?? []).flatMap((need) => secrets[need] ?? []));
  return Object.values(secrets)
    .flat()
    .filter((name) => !given.has(name));
};

const resourceId = (functionName: string): string =>
  `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}LambdaFunction`;

export default class FunctionSecrets {
  hooks: Record<string, () => void>;

  constructor({ service }: Serverless) {
    const withhold = (): void => {
      const { Resources } = service.provider.compiledCloudFormationTemplate;
      for (const [name, { needs }] of Object.entries(service.functions)) {
        const variables = Resources[resourceId(name)]?.Properties.Environment?.Variables;
        if (!variables) throw new Error(`The template has no ${resourceId(name)} with an environment`);
        for (const secret of withheldFrom(needs, service.custom.secrets)) delete variables[secret];
      }
    };
    const refer = (): void => {
      Object.assign(
        service.provider.environment,
        defaultReferences(service.service, service.provider.stage, process.env),
      );
    };
    this.hooks = {
      'before:package:initialize': refer,
      'after:aws:package:finalize:mergeCustomProviderResources': withhold,
    };
  }
}
