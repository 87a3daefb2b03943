import { withAws } from './aws-alone.ts';
import { startLambda } from './lambda.ts';
import { postEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { tableIndexes } from './table-indexes.ts';
import { makeLedger } from './usage.ts';

const POSTS = 50;

export interface CountedPosts {
  /** The handler's file. */
  file: string;
  path: string;
  /** One after another. */
  bodies: object[];
  status: number;
}

/** The AWS calls of POSTs, by operation, counted at the endpoint. */
export const countCalls = ({ file, path, bodies, status }: CountedPosts): Promise<Record<string, number>> =>
  withAws(async ({ url, dataDir, environment }) => {
    const ledger = makeLedger(tableIndexes());
    const lambda = await startLambda({
      file,
      awsUrl: url,
      dataDir,
      environment: { ...environment, ...lambdaSecrets },
      ledger,
    });
    try {
      for (const body of bodies) {
        const { result } = await lambda.invoke(postEvent(path, body));
        const { statusCode } = result as { statusCode: number };
        if (statusCode !== status) throw new Error(`POST answered ${statusCode}`);
      }
      return { ...lambda.proxy.usage.calls };
    } finally {
      await lambda.close();
    }
  });

/** Due within 15 minutes and beyond them, alternately. */
export const notificationBody = (index: number) => ({
  notification_type: 'user.signup',
  entity_id: `user-${index}`,
  email: 'user@example.com',
  send_at: new Date(Date.now() + (index % 2 ? 600_000 : 86_400_000)).toISOString(),
});

/** Of one POST /notifications/. */
export const countPost = async (): Promise<{ perPost: Record<string, number>; posts: number }> => {
  const calls = await countCalls({
    file: 'functions/notifications/create.ts',
    path: '/api/v1/notifications/',
    bodies: Array.from({ length: POSTS }, (_, index) => notificationBody(index)),
    status: 201,
  });
  const perPost = Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, count / POSTS]));
  return { perPost, posts: POSTS };
};
