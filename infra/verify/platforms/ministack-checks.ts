/** What is MiniStack's own: what is wrong, in a sentence each. */
import { makeClient } from '../kit/client.ts';

/** By the name that AWS's own address has, too. */
export const namedProblems = async (endpoint: string, url: string): Promise<string[]> => {
  const id = url.slice(url.lastIndexOf('/') + 1);
  const host = `${id}.execute-api.localhost:${new URL(endpoint).port}`;
  const client = makeClient({ url: endpoint, host }, { timeoutMs: 15_000 });
  try {
    const { status, text } = await client.call('GET', '/health/ready');
    return status === 200 ? [] : [`GET /health/ready at ${host}: ${status} ${text.slice(0, 200)}`];
  } finally {
    client.close();
  }
};

const RECONCILE = '/aws/lambda/event-notification-service-local-notificationsReconcile';

/** The reconciler logs nothing unless its schedule has fired. */
export const scheduleProblems = async (endpoint: string): Promise<string[]> => {
  const scope = 'local/20260101/us-east-1/logs/aws4_request';
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'x-amz-target': 'Logs_20140328.DescribeLogStreams',
      'content-type': 'application/x-amz-json-1.1',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify({ logGroupName: RECONCILE }),
  });
  const { logStreams = [] } = (await answer.json()) as { logStreams?: unknown[] };
  return logStreams.length > 0 ? [] : ['the schedule of the reconciler has not fired'];
};
