/** `node lib/runtime/main.ts`: the service without the local AWS, as serve.ts says. */
import { runProcess } from './process.ts';

await runProcess(async () => (await import('./serve.ts')).serve(process.env));
