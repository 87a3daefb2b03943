import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Answer } from '../http/answer.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

let parts: { html: string; css: string; script: string } | undefined;

/**
 * The inbox for a browser. Its script fetches JSON and shows it by `textContent`, so that nothing
 * delivered becomes markup; the policy allows only this style and this script.
 */
export const inboxPage = (apiPort: number): Answer => {
  parts ??= { html: read('page.html'), css: read('page.css'), script: read('page.client.js') };
  const { html, css, script } = parts;
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "frame-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    },
    // Functions as replacements: a `$&` in the script must stay as it is.
    body: html
      .replaceAll('%nonce%', () => nonce)
      .replace('/* style */', () => css)
      .replace('/* script */', () => script)
      .replaceAll('%api_port%', () => String(apiPort)),
  };
};

/** The HTML of an e-mail for a frame of the page: with its styles, without scripts and requests. */
export const htmlOfMail = (html: string): Answer => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
  body: html,
});
