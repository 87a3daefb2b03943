/**
 * A plugin of the Serverless Framework: writes the route table and the OpenAPI document beside the functions that serve them, before they
 * are packaged or run by serverless-offline. lib/http/api-description.ts reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTION_FILES } from '../../lib/http/api-description.ts';
import { ownApi } from '../../lib/runtime/serverless/api.ts';

export const writeDescription = async (codeFolder: string): Promise<void> => {
  const { routes, document } = ownApi();
  const folder = join(codeFolder, DESCRIPTION_FILES.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, DESCRIPTION_FILES.routes), JSON.stringify(routes()));
  for (const authenticated of [true, false]) {
    writeFileSync(join(folder, DESCRIPTION_FILES.document({ authenticated })), await document({ authenticated }));
  }
};

export default class Api {
  hooks: Record<string, () => Promise<void>>;

  constructor({ serviceDir }: { serviceDir: string }) {
    const write = () => writeDescription(join(serviceDir, 'functions', 'system'));
    this.hooks = {
      'before:package:createDeploymentArtifacts': write,
      'before:offline:start': write,
      'before:offline:start:init': write,
    };
  }
}
