/**
 * The container's entry: `ROLE` says what it is. What a role needs is loaded once a signal would be
 * heard.
 */
import { type Running, runProcess } from '../../lib/runtime/process.ts';

type Start = (environment: NodeJS.ProcessEnv) => Promise<Running>;

/** Beside the service's own: api, worker, all. */
const ROLES: Record<string, () => Promise<Start>> = {
  'local-aws': async () => (await import('../../localstack/entrypoints/local-aws-role.ts')).startLocalAws,
  scheduler: async () => (await import('../../localstack/entrypoints/scheduler-role.ts')).startSchedulerRole,
};

await runProcess(async () => {
  const { env } = process;
  const role = Object.entries(ROLES).find(([name]) => name === env.ROLE)?.[1];
  if (role) return (await role())(env);
  const { serve } = await import('../../lib/runtime/serve.ts');
  return serve(env, Object.keys(ROLES));
});
