import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeSender } from '../aws/queues/sender.ts';
import { ServiceError } from '../errors.ts';
import { log } from './log.ts';
import { formatTraceContext, parseTraceContext } from './trace-context.ts';
import { isFailed, linksOf, type Recorded, recordSpans } from './tracing.testing.ts';
import { inEntrySpan, inSpan, linkToTrace, outsideTrace, sampledTrace, traceFields, traceLink } from './tracing.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_TRACE = 'a'.repeat(32);
const traceparent = (traceId: string, flags = '01') => `00-${traceId}-00f067aa0ba902b7-${flags}`;
const parent = (flags?: string) => parseTraceContext({ traceparent: traceparent(TRACE, flags) });
/** The ids of the trace on a log line written now. */
const logged = (): unknown[] => {
  const lines: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0),
  );
  log.warn('line');
  for (const stream of streams) stream.mockRestore();
  const { message, trace_id, span_id } = JSON.parse(lines[0] ?? '{}');
  return [message, trace_id, span_id];
};
const nothing = async (): Promise<void> => {};

let recorded: Recorded | undefined;
afterEach(() => recorded?.stop());

describe('while tracing is off', () => {
  it('the work runs, and nothing is carried, stored or logged, whatever a caller sent', async () => {
    const seen = await inEntrySpan('entry', { parent: parent() }, () =>
      inSpan('inner', {}, async () => [traceFields(), traceLink(), sampledTrace(), logged()]),
    );
    expect(seen).toEqual([{}, {}, undefined, ['line', undefined, undefined]]);
  });
});

describe('a span', () => {
  beforeEach(() => {
    recorded = recordSpans();
  });

  it('continues the trace it is given, and its children follow', async () => {
    await inEntrySpan('entry', { parent: parent() }, () => inSpan('inner', {}, nothing));
    const [inner, entry] = [recorded?.named('inner'), recorded?.named('entry')];
    expect(entry?.spanContext().traceId).toBe(TRACE);
    expect(entry?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(inner?.parentSpanContext?.spanId).toBe(entry?.spanContext().spanId);
  });

  it('is begun by an entry alone: work in the background makes no traces', async () => {
    await inSpan('background', {}, nothing);
    await inEntrySpan('entry', {}, () => outsideTrace(() => inSpan('background', {}, nothing)));
    expect(recorded?.spans().map(({ name }) => name)).toEqual(['entry']);
  });

  it('that is sampled is named by the log lines of its work', async () => {
    const seen = await inEntrySpan('entry', { parent: parent() }, async () => logged());
    expect(seen).toEqual(['line', TRACE, recorded?.named('entry').spanContext().spanId]);
  });

  it('of what failed says the kind of error, never its words, and passes it on', async () => {
    const failure = new Error('user@example.com has no mailbox');
    await expect(inEntrySpan('entry', {}, () => Promise.reject(failure))).rejects.toBe(failure);
    const coded = new ServiceError('unavailable', 'Try again.');
    await expect(inEntrySpan('coded', {}, () => Promise.reject(coded))).rejects.toBe(coded);
    const [entry, named] = recorded?.spans() ?? [];
    expect(entry && isFailed(entry)).toBe(true);
    expect([entry?.attributes, named?.attributes]).toEqual([
      { 'error.type': 'Error' },
      { 'error.type': 'unavailable' },
    ]);
    expect(JSON.stringify([entry?.status, entry?.events])).not.toContain('example.com');
  });

  it('of what was expected to fail is no error', async () => {
    const conflict = new Error('another was faster');
    await inEntrySpan('entry', { isExpected: (error) => error === conflict }, () => Promise.reject(conflict)).catch(
      () => {},
    );
    expect(recorded?.spans().map(isFailed)).toEqual([false]);
  });
});

describe('what is carried', () => {
  it('is the active span, with the state of the trace', async () => {
    recorded = recordSpans();
    const given = parseTraceContext({ traceparent: traceparent(TRACE), tracestate: 'congo=t61rcWkgMzE' });
    const carried = await inEntrySpan('entry', { parent: given }, async () => traceFields());
    const entry = recorded.named('entry');
    expect(carried).toEqual({ ...formatTraceContext(entry.spanContext()), tracestate: 'congo=t61rcWkgMzE' });
  });

  it('of a trace that is not sampled says so; nothing is stored, linked to or logged of it', async () => {
    recorded = recordSpans(new AlwaysOffSampler());
    const seen = await inEntrySpan('entry', { parent: parent() }, async () => [
      traceFields().traceparent?.slice(-3),
      traceLink(),
      sampledTrace(),
      logged(),
    ]);
    expect(seen).toEqual(['-00', {}, undefined, ['line', undefined, undefined]]);
    expect(recorded.spans()).toEqual([]);
  });

  it('goes with a message as the span of its own sending, and leaves a text as it is', async () => {
    recorded = recordSpans();
    const sent: string[] = [];
    const client = {
      send: async ({ input }: { input: { Entries: { MessageBody: string }[] } }) => {
        sent.push(...input.Entries.map(({ MessageBody }) => MessageBody));
        return {};
      },
    };
    const send = makeSender(client as never, 'http://127.0.0.1/000000000000/work');
    const both = (trace: string) =>
      inEntrySpan(`entry ${trace}`, { parent: parseTraceContext({ traceparent: traceparent(trace) }) }, () =>
        Promise.all([send({ body: { id: trace } }), send({ body: 'raw' })]),
      );
    // Of two requests at once, in one batch: each has its own trace.
    await Promise.all([both(TRACE), both(OTHER_TRACE)]);
    const spans = recorded.spans().filter(({ name }) => name === 'send work');
    const expected = [TRACE, OTHER_TRACE].map((trace) => {
      const [one] = spans.filter((span) => span.spanContext().traceId === trace);
      return { id: trace, traceparent: `00-${trace}-${one?.spanContext().spanId}-01` };
    });
    expect(sent.filter((body) => body !== 'raw').map((body) => JSON.parse(body))).toEqual(expected);
    expect(sent.filter((body) => body === 'raw')).toHaveLength(2);
  });
});

describe('a link', () => {
  beforeEach(() => {
    recorded = recordSpans();
  });

  it('leads to a stored trace, once, and never to its own', async () => {
    await inEntrySpan('entry', { parent: parent() }, async () => {
      linkToTrace(traceparent(TRACE));
      linkToTrace(traceparent(OTHER_TRACE));
      linkToTrace(undefined);
      linkToTrace('nonsense');
    });
    const link = parseTraceContext({ traceparent: traceparent(OTHER_TRACE) });
    await inEntrySpan('far', { links: link ? [{ context: link }] : [] }, async () =>
      linkToTrace(traceparent(OTHER_TRACE)),
    );
    expect(recorded?.spans().map(linksOf)).toEqual([[OTHER_TRACE], [OTHER_TRACE]]);
  });
});

describe("a stranger's flag", () => {
  it('is not seen by a sampler that would believe it: the trace begins again, and links to theirs', async () => {
    recorded = recordSpans();
    await inEntrySpan('entry', { parent: parent('00'), isStranger: true }, nothing);
    const entry = recorded.named('entry');
    expect(entry.spanContext().traceId).not.toBe(TRACE);
    expect([entry.parentSpanContext, linksOf(entry)]).toEqual([undefined, [TRACE]]);
  });
});
