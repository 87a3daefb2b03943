import { defineConfig } from 'vitest/config';

/** What needs helm: `npm run check:chart`, not `npm test`. */
export default defineConfig({
  test: { include: ['infra/helm/*.chart.ts'], testTimeout: 30_000, hookTimeout: 30_000, pool: 'forks', maxWorkers: 2 },
});
