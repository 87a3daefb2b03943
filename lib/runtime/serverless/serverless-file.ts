import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lazy } from '../../concurrency/lazy.ts';

const NAME = 'serverless.yml';

/**
 * The repository's own serverless.yml, or the image's: in the nearest folder above, as bundled code
 * lies elsewhere. Throws an Error.
 */
export const serverlessFile = lazy((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, NAME))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`There is no ${NAME} in ${import.meta.dirname} or above it`);
    folder = parent;
  }
  return join(folder, NAME);
});
