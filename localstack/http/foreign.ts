import type { IncomingMessage, ServerResponse } from 'node:http';
import { isForeign, isFromBrowser } from '../../lib/auth/same-origin.ts';
import { problem, write } from './answer.ts';
import { refusal } from './refusal.ts';

/**
 * Answers 403 to a web page of another origin, which could use the local AWS through a browser.
 * @param isSink programs may post here under any name of this machine
 * @returns whether the request was refused
 */
export const refusesForeign = (request: IncomingMessage, response: ServerResponse, isSink = false): boolean => {
  const { headers, url = '/' } = request;
  if (!isForeign(headers) || (isSink && !isFromBrowser(headers))) return false;
  const detail =
    'The local AWS answers no web page of another origin. Its Host must be an address, localhost or a name of this network';
  request.resume();
  const answer = url.startsWith('/_local')
    ? problem(403, 'forbidden', 'Not allowed', [{ pointer: '', detail }])
    : refusal(request, 403, 'AccessDeniedException', detail);
  write(response, answer);
  return true;
};
