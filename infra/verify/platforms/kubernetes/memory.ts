/** How close the pods were to their memory limits, and whether one went over. */
import type { Release } from './release.ts';

/** cgroup v1 and v2: the most so far, and the limit; bytes. */
const READ = `
const { existsSync, readFileSync } = require('node:fs');
const v1 = '/sys/fs/cgroup/memory/memory.';
const [most, limit] = existsSync(v1 + 'limit_in_bytes') ? [v1 + 'max_usage_in_bytes', v1 + 'limit_in_bytes'] : ['/sys/fs/cgroup/memory.peak', '/sys/fs/cgroup/memory.max'];
console.log([most, limit].map((path) => Math.round(Number(readFileSync(path, 'utf8')) / 2 ** 20)).join(' '));`;

export const memoryOf = async (release: Release, say: (text: string) => void): Promise<string[]> => {
  const wrong: string[] = [];
  for (const component of ['api', 'worker', 'local-aws'] as const) {
    for (const { name, endedBy } of await release.pods(component)) {
      const [most, limit] = (await release.kubectl('exec', name, '--', 'node', '-e', READ)).trim().split(' ');
      say(`${name}: ${most} MiB at most, page cache included, of ${limit}`);
      if (endedBy === 'OOMKilled') wrong.push(`${name} was ended for its memory`);
    }
  }
  return wrong;
};
