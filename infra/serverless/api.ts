/**
 * A plugin of the Serverless Framework: writes the route table and the OpenAPI document beside the
 * functions that serve them, before they are packaged or run by serverless-offline.
 * lib/http/api-description.ts reads them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTION_FILES } from '../../lib/http/api-description.ts';
import { ownApi } from '../../lib/runtime/serverless/api.ts';

export const writeDescription = async (codeFolder: string): Promise<void> => {
  const { routes, document } = await ownApi();
  const folder = join(codeFolder, DESCRIPTION_FILES.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, DESCRIPTION_FILES.routes), JSON.stringify(routes()));
  for (const authenticated of [true, false]) {
    writeFileSync(join(folder, DESCRIPTION_FILES.document({ authenticated })), await document({ authenticated }));
  }
};

/** Where serverless-esbuild puts what serverless-offline runs. */
const OFFLINE_BUILD = ['.esbuild', '.build'];

export default class Api {
  hooks: Record<string, () => Promise<void>>;

  constructor({ serviceDir }: { serviceDir: string }) {
    const writeBelow = (folders: string[]) => () =>
      writeDescription(join(serviceDir, ...folders, 'functions', 'system'));
    this.hooks = {
      // What an earlier `npm run offline` has left there would be packaged into every function.
      'before:package:cleanup': async () =>
        rmSync(join(serviceDir, ...OFFLINE_BUILD), { recursive: true, force: true }),
      'before:package:createDeploymentArtifacts': writeBelow([]),
      // Not a `before` hook: those bundle. This plugin is listed before serverless-offline, so it runs first.
      'offline:start': writeBelow(OFFLINE_BUILD),
      'offline:start:init': writeBelow(OFFLINE_BUILD),
    };
  }
}
