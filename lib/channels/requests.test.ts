import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** A request whose address is not checked. */
const REQUEST =
  /\bfetch\(|\bhttps?2?\.(request|get|connect)\(|import \{[^}]*\brequest\b[^}]*\} from 'node:https?'|['"](undici|axios|got|node:http2)['"]/;
/**
 * The HTTP client that checks each address; the keys of the identity provider, whose URL the
 * operator sets.
 */
const ALLOWED = /^(channels\/http-client|auth\/jwt)\//;

it('requests are made by lib/channels/http-client alone, which checks where they lead', () => {
  const files = globSync('**/*.ts', { cwd: ROOT }).filter(
    (file) => !/\.(test|testing|conformance)\.ts$|^testing\//.test(file),
  );
  const requesting = files.filter((file) => REQUEST.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(requesting).toContain('channels/http-client/post.ts');
  expect(requesting.filter((file) => !ALLOWED.test(file))).toEqual([]);
});
