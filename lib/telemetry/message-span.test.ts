import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useClock } from '../platform/clock.ts';
import { makeTestClock } from '../testing/clock.ts';
import { inMessageSpan } from './message-span.ts';
import { isFailed, linksOf, type Recorded, recordSpans } from './tracing.testing.ts';
import { traceFields } from './tracing.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
const MINUTE_MS = 60_000;

const clock = makeTestClock();
let recorded: Recorded;
beforeEach(() => {
  useClock(clock);
  recorded = recordSpans();
});
afterEach(() => recorded.stop());

const process = async (rawBody: string, ageMs = 0) => {
  const message = { queue: 'work', messageId: 'm', receiveCount: 2, sentAt: clock.real() - ageMs, rawBody };
  await inMessageSpan(message, async () => {});
  const span = recorded.named('process work');
  return { traceId: span.spanContext().traceId, parent: span.parentSpanContext?.spanId, links: linksOf(span), span };
};

describe('the span of a message', () => {
  it("continues its sender's trace, which 15 minutes of delay do not change", async () => {
    const { traceId, parent, links, span } = await process(JSON.stringify({ traceparent }), 15 * MINUTE_MS);
    expect([traceId, parent, links]).toEqual([TRACE, '00f067aa0ba902b7', []]);
    expect(span.attributes).toMatchObject({
      'messaging.system': 'aws_sqs',
      'messaging.destination.name': 'work',
      'messaging.message.id': 'm',
      'event_system.message.receive_count': 2,
    });
  });

  it.each([
    ['sent long before it was received', JSON.stringify({ traceparent }), 60 * MINUTE_MS],
    ['of a schedule entry', JSON.stringify({ tracelink: traceparent }), 0],
  ])('%s begins a trace, which links to the earlier one', async (_, body, ageMs) => {
    const { traceId, parent, links } = await process(body, ageMs);
    expect(traceId).not.toBe(TRACE);
    expect([parent, links]).toEqual([undefined, [TRACE]]);
  });

  it.each([
    ['of a release without traces', '{"kind":"process","id":"evt_1"}'],
    ['that is no JSON', 'poison'],
    ['that is no object', 'null'],
    ['with nonsense for a trace', '{"traceparent":{"a":1},"tracelink":7}'],
  ])('%s begins a trace', async (_, body) => {
    const { parent, links } = await process(body);
    expect([parent, links]).toEqual([undefined, []]);
  });

  it('is failed where its work is, which fails as it did', async () => {
    const failure = new Error('the table is away');
    const message = { queue: 'work', messageId: 'm', receiveCount: 1, sentAt: clock.real(), rawBody: '{}' };
    await expect(inMessageSpan(message, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(isFailed(recorded.named('process work'))).toBe(true);
  });

  it('is what its work sends on', async () => {
    let sent = {};
    const message = { queue: 'work', messageId: 'm', receiveCount: 1, sentAt: clock.real(), rawBody: '{}' };
    await inMessageSpan(message, async () => {
      sent = traceFields();
    });
    const { traceId, spanId } = recorded.named('process work').spanContext();
    expect(sent).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });
});
