/** What `/docs` says before its first operation, as Markdown. */
const BASICS = `
Publish events, schedule notifications up to ten years ahead, and know whether they arrived. A notification goes out by
e-mail, SMS and signed webhook, on the second it is due, and is retried until it is delivered or given up.

**The main job.** \`POST /api/v1/notifications/\` creates a notification; \`GET\` it to follow each channel and attempt;
\`PATCH\` moves it; \`DELETE\` cancels it: 200 means that it was never attempted and never will be, 409 that it was too late.
\`POST /api/v1/events/\` publishes an event, which rules turn into notifications.
`;

const OPEN = `
**Authentication** is off on this server (\`AUTH_MODE=none\`): every program that reaches it may call every operation.
`;

const AUTHENTICATED = `
**Authentication.** Send a key as \`Authorization: Bearer <key>\` or \`x-api-key: <key>\`, or a token of the configured issuer
as \`Authorization: Bearer <token>\`. Each operation names the scope it needs; \`admin\` includes all of them. Without a
valid key or token the answer is 401, without the scope 403. Operations without a padlock need neither.
`;

const CONVENTIONS = `
**Idempotency.** Send an \`Idempotency-Key\` with a create and repeat the request after a timeout: the same key and body
answer the same record, with \`Idempotent-Replayed: true\`; the same key with another body is 422. Keys are kept for at
least 7 days. An event with an \`id\` is its own key within its \`source\`. An item of a batch has its \`idempotency_key\` instead.

**Errors** are \`application/problem+json\` (RFC 9457). \`code\` is stable and comes from a closed list, \`errors\` names each
field by JSON pointer. Repeat a 429 or 503 after its \`Retry-After\`; do not repeat other 4xx unchanged.

**Paging.** Lists are arrays, newest first, \`limit\` records a page. While there is more, the answer carries
\`Link: <...>; rel="next"\`: follow it as it is. A filtered page may be short and still have a next one.

**Times** are RFC 3339. Answers are in UTC with milliseconds. Where a request gives a time without an offset it is local in
\`timezone\` (default UTC), and a date alone is midnight there. In a query write \`+\` as \`%2B\`.

**Concurrent changes.** \`ETag\` is the version of a record; send it as \`If-Match\` to change only that version (else 412).

**Webhooks** are signed as [Standard Webhooks](https://www.standardwebhooks.com) say; see \`webhooks\` in this document.

Every path answers with and without its trailing slash.
`;

export const introduction = ({ authenticated }: { authenticated: boolean }): string =>
  [BASICS, authenticated ? AUTHENTICATED : OPEN, CONVENTIONS].map((part) => part.trim()).join('\n\n');
