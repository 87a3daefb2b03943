import type { IncomingMessage, ServerResponse } from 'node:http';
import { isForeign, isFromBrowser } from '../../lib/auth/same-origin.ts';
import { problem, write } from './answer.ts';
import { refusal } from './refusal.ts';

/**
 * The local AWS takes any credentials, so a web page elsewhere could use it through its visitor's
 * browser. Such a request is answered 403 before its body is read. Returns whether it was refused.
 * @param isSink whether programs may post here under any name of this machine: only what a browser
 * sent is looked at
 */
export const refusesForeign = (request: IncomingMessage, response: ServerResponse, isSink = false): boolean => {
  const { headers, url = '/' } = request;
  if (!isForeign(headers) || (isSink && !isFromBrowser(headers))) return false;
  const detail =
    'The local AWS answers no web page of another origin, and no Host but an address, localhost or a name of this network';
  request.resume();
  const answer = url.startsWith('/_local')
    ? problem(403, 'forbidden', 'Not allowed', [{ pointer: '', detail }])
    : refusal(request, 403, 'AccessDeniedException', detail);
  write(response, answer);
  return true;
};
