import { afterAll, beforeAll } from 'vitest';
import { type Aws, type StartAwsOptions, startAws } from './stack.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A local AWS for the tests of a file, in a directory of its own. */
export const useAws = (options: Omit<StartAwsOptions, 'dataDir'> = {}): Aws => {
  const directory = temporaryDirectory();
  const aws = {} as Aws;
  let opened: Aws | undefined;
  beforeAll(async () => {
    opened = await startAws({ dataDir: directory.path, ...options });
    Object.defineProperties(aws, Object.getOwnPropertyDescriptors(opened));
  });
  afterAll(async () => {
    await opened?.close();
    directory.remove();
  });
  return aws;
};
