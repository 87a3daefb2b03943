/**
 * Loaded into a function's process before its code (`node --import`): writes down which AWS calls
 * it makes and at what, as lines of JSON in the file AWS_CALLS_FILE. Each kind once a process. What
 * is signed for AWS is for AWS: webhooks are not.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const { AWS_CALLS_FILE: file = '', AWS_LAMBDA_FUNCTION_NAME: functionName } = process.env;
const SCOPE = /Credential=[^/]+\/\d+\/([\w-]+)\/[\w-]+\/aws4_request/;
const written = new Set();

/** @param {string} body Only the names are recorded: no recipients and no contents. */
const namedIn = (body) => {
  const { TableName, IndexName, RequestItems, QueueUrl, GroupName, Target } = body.startsWith('{')
    ? JSON.parse(body)
    : {};
  const tables = RequestItems ? Object.keys(RequestItems) : TableName && [TableName];
  return { tables, index: IndexName, queueUrl: QueueUrl, group: GroupName, roleArn: Target?.RoleArn };
};

subscribe('http.client.request.created', ({ request }) => {
  const chunks = [];
  const keep = (chunk) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const { write, end } = request;
  request.write = (...given) => {
    keep(given[0]);
    return write.apply(request, given);
  };
  request.end = (...given) => {
    keep(given[0]);
    const [, region] = SCOPE.exec(request.getHeader('authorization')) ?? [];
    if (region) {
      const { method, path } = request;
      const target = request.getHeader('x-amz-target');
      const named = namedIn(Buffer.concat(chunks).toString());
      const line = `${JSON.stringify({ functionName, region, method, path, target, ...named })}\n`;
      if (!written.has(line)) appendFileSync(file, line);
      written.add(line);
    }
    return end.apply(request, given);
  };
});
