/**
 * An AWS service on a free port of loopback, for tests: the real SDK talks to it, the test says
 * what it answers.
 */
import { makeReceiver, type Received } from '../http-client/receiver.testing.ts';

/** `close` cuts the connection instead of answering; `hang` never answers. */
export type AwsAnswer = { status: number; body?: unknown; error?: string } | 'close' | 'hang';

/** `answer` is asked for every call, attempts of the SDK itself included. */
export const makeAws = async (answer: (call: Received, number: number) => AwsAnswer) => {
  const receiver = await makeReceiver((call, _request, response) => {
    const given = answer(call, receiver.received.length);
    if (given === 'hang') return;
    if (given === 'close') return void response.destroy();
    const headers = { 'content-type': 'application/json', ...(given.error && { 'x-amzn-errortype': given.error }) };
    response.writeHead(given.status, headers).end(JSON.stringify(given.body ?? {}));
  });
  return { ...receiver, config: { region: 'eu-west-1', endpoint: receiver.url } };
};
