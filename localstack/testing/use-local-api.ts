import { beforeEach } from 'vitest';
import { useAws } from './use-aws.ts';

/** A local AWS with an empty inbox at each test, and calls of what is under `/_local/`. */
export const useLocalApi = () => {
  const aws = useAws({ provisioned: false, smtpPort: 0 });
  beforeEach(() => aws.server.inbox.clear());
  const call = (path: string, init?: RequestInit) => fetch(`${aws.endpoint}/_local/${path}`, init);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
  return { aws, call, post };
};

/** A due time of a moment ago, RFC 3339. */
export const dueNow = () => new Date(Date.now() - 40).toISOString();
