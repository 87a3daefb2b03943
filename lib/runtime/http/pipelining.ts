import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { makeByteBudget } from './byte-budget.ts';

/**
 * Of a request that waits: node's objects for it (7.7 KB resident, measured), and what of its body
 * may have come with it.
 */
const OBJECT_BYTES = 8_192;
const READ_BYTES = 65_536;
/** Of each name and each value, beside its text: node keeps them twice. */
const HEADER_TEXT_BYTES = 48;

interface Pipelining {
  onRequest: RequestListener;
  /** Calls `refuse` once the answers to the requests before the malformed one are out. */
  onMalformed(socket: Socket, refuse: () => void): void;
  waitingBytes(): number;
}

interface Line {
  inFlight: { request: IncomingMessage; response: ServerResponse } | undefined;
  waiting: { begin(): void; bytes: number }[];
}

const bytesOf = ({ headers, rawHeaders, url = '' }: IncomingMessage): number => {
  const body = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : READ_BYTES;
  const texts = rawHeaders.reduce((bytes, text) => bytes + HEADER_TEXT_BYTES + text.length, url.length);
  return OBJECT_BYTES + texts + Math.min(body, READ_BYTES);
};

/**
 * One request of a connection at a time: Node emits `request` for all that came in a packet at once. A
 * connection whose waiting requests hold too much is closed.
 */
export const withoutPipelining = (begin: RequestListener, waitingBytes: number): Pipelining => {
  const budget = makeByteBudget<Socket>(waitingBytes);
  const lines = new WeakMap<Socket, Line>();

  const drop = (socket: Socket, line: Line): void => {
    for (const { bytes } of line.waiting.splice(0)) budget.give(socket, bytes);
  };
  const lineOf = (socket: Socket): Line => {
    const known = lines.get(socket);
    if (known) return known;
    const line: Line = { inFlight: undefined, waiting: [] };
    lines.set(socket, line);
    socket.once('close', () => drop(socket, line));
    return line;
  };
  const next = (socket: Socket, line: Line): void => {
    line.inFlight = undefined;
    const first = socket.writable ? line.waiting.shift() : undefined;
    if (!first) {
      drop(socket, line); // after an answer that was the connection's last
      return;
    }
    budget.give(socket, first.bytes);
    if (line.waiting.length === 0) socket.resume();
    first.begin();
  };
  const start = (line: Line, request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    line.inFlight = { request, response };
    response.once('close', () => next(socket, line));
    begin(request, response);
  };
  const wait = (socket: Socket, line: Line, one: Line['waiting'][number]): void => {
    if (socket.destroyed) return;
    if (!budget.take(socket, one.bytes)) {
      socket.destroy();
      return;
    }
    line.waiting.push(one);
    socket.pause();
  };
  return {
    onRequest: (request, response) => {
      const { socket } = request;
      const line = lineOf(socket);
      if (line.inFlight) wait(socket, line, { begin: () => start(line, request, response), bytes: bytesOf(request) });
      else start(line, request, response);
    },
    onMalformed: (socket, refuse) => {
      const line = lineOf(socket);
      const { request, response } = line.inFlight ?? {};
      if (request?.complete) wait(socket, line, { begin: refuse, bytes: OBJECT_BYTES });
      else if (response?.headersSent) socket.destroy();
      else refuse();
    },
    waitingBytes: () => budget.held(),
  };
};
