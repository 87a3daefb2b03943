/** The parts of the Serverless Framework that read a configuration; it has no types for them. */
declare module 'serverless/lib/configuration/read.js' {
  export default function read(path: string): Promise<Record<string, unknown>>;
}

declare module 'serverless/lib/configuration/variables/index.js' {
  export interface Source {
    resolve(variable: { address?: string }): { value: unknown } | Promise<{ value: unknown }>;
  }
  /** Changes the configuration in place. Rejects with an error that names what cannot be resolved. */
  export default function resolveVariables(options: {
    serviceDir: string;
    configuration: object;
    options: Record<string, string>;
    sources: Record<string, Source>;
  }): Promise<void>;
}

declare module 'serverless/lib/configuration/variables/sources/*' {
  const source: import('serverless/lib/configuration/variables/index.js').Source;
  export default source;
}

declare module 'serverless/lib/configuration/variables/sources/instance-dependent/get-sls.js' {
  export default function getSls(): import('serverless/lib/configuration/variables/index.js').Source;
}
