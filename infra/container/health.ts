/**
 * The image's HEALTHCHECK: asks the process of its own container. Exit code 0: ready; 1: not, and
 * why on standard error.
 */
const { ROLE = '', PORT, LOCAL_AWS_PORT, SCHEDULER_PORT } = process.env;

const checks: Record<string, string> = {
  'local-aws': `${LOCAL_AWS_PORT || 4566}/_local/health`,
  scheduler: `${SCHEDULER_PORT || 4567}/schedule-groups`,
};
const url = `http://127.0.0.1:${checks[ROLE] ?? `${PORT || 3000}/health/ready`}`;

const wrong = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
  ({ ok, status }) => (ok ? undefined : `answers ${status}`),
  (error: Error) => String(error.cause ?? error),
);
if (wrong !== undefined) process.stderr.write(`${url}: ${wrong}\n`);
process.exit(wrong === undefined ? 0 : 1);
