/** The local stack: the local AWS and the service, each in a process of its own. */
import { runStack } from './supervisor/index.ts';

await runStack(process.env).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
