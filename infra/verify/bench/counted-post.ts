import { withAws } from './aws-alone.ts';
import { startLambda } from './lambda.ts';
import { postEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { tableIndexes } from './table-indexes.ts';
import { makeLedger } from './usage.ts';

const POSTS = 50;

/** The AWS calls of one POST, by operation, counted at the endpoint. */
export const countPost = (): Promise<{ perPost: Record<string, number>; posts: number }> =>
  withAws(async ({ url, dataDir, environment }) => {
    const ledger = makeLedger(tableIndexes());
    const lambda = await startLambda({
      file: 'functions/notifications/create.ts',
      awsUrl: url,
      dataDir,
      environment: { ...environment, ...lambdaSecrets },
      ledger,
    });
    try {
      const body = { notification_type: 'user.signup', entity_id: 'u', email: 'user@example.com' };
      for (let index = 0; index < POSTS; index += 1) {
        const send_at = new Date(Date.now() + (index % 2 ? 600_000 : 86_400_000)).toISOString();
        const { result } = await lambda.invoke(postEvent('/api/v1/notifications/', { ...body, send_at }));
        const { statusCode } = result as { statusCode: number };
        if (statusCode !== 201) throw new Error(`POST answered ${statusCode}`);
      }
      const { calls } = lambda.proxy.usage;
      return {
        perPost: Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, count / POSTS])),
        posts: POSTS,
      };
    } finally {
      await lambda.close();
    }
  });
