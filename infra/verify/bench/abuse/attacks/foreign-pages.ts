/**
 * What a web page can do with a local stack: by DNS rebinding its own name is the Host, and a form
 * or `fetch` names its Origin.
 */
import { request } from 'node:http';
import { type Attack, inSeconds, NOTIFICATIONS } from '../attack.ts';

interface Asked {
  what: string;
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
}

const FOREIGN_HOST = { host: 'rebound.example.com' };
const FOREIGN_ORIGIN = { origin: 'https://page.example.com', 'content-type': 'text/plain' };
const dynamodb = (operation: string) => ({
  'x-amz-target': `DynamoDB_20120810.${operation}`,
  'content-type': 'application/x-amz-json-1.0',
});
/** A presigned URL names the service, so a form needs no header of its own. */
const SCHEDULER = 'X-Amz-Credential=any%2F20260101%2Fus-east-1%2Fscheduler%2Faws4_request';

const schedule = JSON.stringify({
  ScheduleExpression: 'rate(1 day)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:any', RoleArn: 'arn:aws:iam::000000000000:role/any' },
});
const notification = JSON.stringify({
  notification_type: 'user.signup',
  entity_id: 'page',
  email: 'user@example.com',
  send_at: inSeconds(3_600),
});

const requestsTo = (apiUrl: string, awsUrl: string): Asked[] => {
  const tables = { url: `${awsUrl}/`, method: 'POST', body: '{}' };
  const schedules = { url: `${awsUrl}/schedules/page?${SCHEDULER}`, method: 'POST', body: schedule };
  const list = { url: `${apiUrl}${NOTIFICATIONS}`, method: 'GET', body: '' };
  const post = { url: `${apiUrl}${NOTIFICATIONS}`, method: 'POST', body: notification };
  return [
    { ...tables, what: 'ListTables, foreign Host', headers: { ...dynamodb('ListTables'), ...FOREIGN_HOST } },
    { ...tables, what: 'ListTables, foreign Origin', headers: { ...dynamodb('ListTables'), ...FOREIGN_ORIGIN } },
    { ...schedules, what: 'CreateSchedule, foreign Origin', headers: FOREIGN_ORIGIN },
    { ...list, what: 'API list, foreign Host', headers: FOREIGN_HOST },
    { ...list, what: 'API list, foreign Origin', headers: { origin: FOREIGN_ORIGIN.origin } },
    {
      ...post,
      what: 'API POST, foreign Host',
      headers: { ...FOREIGN_HOST, 'content-type': 'application/json' },
    },
  ];
};

/** The status alone; `fetch` would set Host itself. */
const statusOf = ({ url, method, headers, body }: Asked): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = body ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const asked = request(url, { method, headers: { ...headers, ...length }, timeout: 10_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked
      .on('timeout', () => asked.destroy(new Error('no answer within 10 s')))
      .on('error', reject)
      .end(body);
  });

export const foreignPages: Attack = {
  what: 'a web page that talks to the local AWS and to an open API (AUTH_MODE=none)',
  goal: 'all refused',
  seconds: 3,
  auth: 'none',
  prepare:
    async ({ stack }) =>
    async () => {
      const requests = requestsTo(stack.apiUrl, stack.awsUrl);
      const answered: string[] = [];
      for (const asked of requests) {
        const status = await statusOf(asked);
        if (status < 400) answered.push(asked.what);
      }
      const named = answered.length > 0 ? `: ${answered.join(', ')}` : '';
      return { text: `${answered.length} of ${requests.length} answered${named}`, isMet: answered.length === 0 };
    },
};
