/**
 * `npm run demo`: what the service does, in the terminal, against the running stack. `API_KEY`: for
 * one that is closed.
 */
import { CannotUse, type Client, makeClient, urlsOf } from './client.ts';
import { chapters } from './demo/chapters.ts';
import { makeShow, type Print } from './demo/show.ts';

/** Before anything is shown: whether both answer, and the key will do. */
const check = async (client: Client): Promise<void> => {
  await client.now();
  await client.call('GET', '/api/v1/notifications/?limit=1');
};

/** @returns the exit code */
export const runDemo = async (env: NodeJS.ProcessEnv, out: Print, err: Print): Promise<number> => {
  const client = makeClient(urlsOf(env));
  try {
    await check(client);
    const show = makeShow(out);
    for (const chapter of chapters)
      if (!(await chapter(client, show))) throw new CannotUse('This is not what should happen: see the last lines.');
  } catch (error) {
    if (!(error instanceof CannotUse)) throw error;
    err(`${error.message}\n`);
    return 1;
  }
  out(`\n  All of it as a page: ${client.urls.aws.replace('127.0.0.1', 'localhost')}/_local/inbox\n\n`);
  return 0;
};

if (import.meta.main) {
  const print = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);
  process.exitCode = await runDemo(process.env, print(process.stdout), print(process.stderr));
}
