/** The service as a child process of main.ts: API and workers, on the virtual clock. */
import { useClock } from '../../lib/platform/clock.ts';
import { openClock } from '../clock.ts';
import { provision } from '../provision/index.ts';
import { waitUntil } from '../provision/wait.ts';
import { collectGarbage, runChild } from '../supervisor/run-child.ts';

const stage = 'local';
/** Less than the supervisor waits before it kills. */
const GRACE_MS = 5_000;

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

await runChild(async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? 'http://127.0.0.1:4566';
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const runtime = import('../../lib/runtime/start.ts');
  await waitUntil('the local AWS answers', () => answers(`${endpoint}/_local/health`), Boolean);
  useClock(openClock(process.env.DATA_DIR ?? '.localstack'));
  const { environment } = await provision({ endpoint, stage, region });
  Object.assign(process.env, environment);
  const { startRuntime } = await runtime;
  const { parseConfig, config } = await import('../../lib/config.ts');
  const { readTracingSettings } = await import('../../lib/runtime/tracing/settings.ts');
  const tracing = readTracingSettings(process.env);
  parseConfig(process.env, { further: tracing.problems }); // throws, with all that is wrong
  const { startTracing } = await import('../../lib/runtime/tracing/tracing.ts');
  const traces = await startTracing(tracing.settings);
  const { guard, warm } = await import('../../lib/app.ts');
  const { dependenciesOf, untilUsable } = await import('../../lib/runtime/dependencies.ts');
  const running = await startRuntime({
    port: Number(process.env.PORT ?? 3000),
    host: '127.0.0.1',
    admitMetrics: (headers) => guard().admit(headers, 'metrics:read'),
    ...(process.env.METRICS_PORT && { metricsPort: Number(process.env.METRICS_PORT) }),
    stage,
    environment,
    graceMs: GRACE_MS,
    until: async () => {
      await untilUsable(dependenciesOf(config(), ['api', 'worker']));
      collectGarbage();
    },
  });
  await waitUntil('the service is ready', () => answers(`http://127.0.0.1:${running.port}/health/ready`), Boolean);
  void warm();
  return {
    port: running.port,
    close: async () => {
      await running.close();
      await traces.close();
    },
  };
});
