import { describe, expect, it } from 'vitest';
import { formatTraceContext, parseTraceContext } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const read = (traceparent: unknown, tracestate?: unknown) => parseTraceContext({ traceparent, tracestate });

describe('traceparent', () => {
  it('is read and written again', () => {
    for (const text of [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`]) {
      const context = read(text);
      expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
      expect(context && formatTraceContext(context)).toEqual({ traceparent: text });
    }
  });

  it('of a later version is read as far as this version goes', () => {
    expect(read(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`)).toMatchObject({ traceId: TRACE, traceFlags: 1 });
    expect(read(`cc-${TRACE}-${SPAN}-01.`)).toBeUndefined();
  });

  it('keeps no flag but the sampled one', () => {
    expect(read(`00-${TRACE}-${SPAN}-fe`)?.traceFlags).toBe(0);
    expect(read(`00-${TRACE}-${SPAN}-ff`)?.traceFlags).toBe(1);
  });

  it.each([
    undefined,
    null,
    7,
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ])('%j is none', (text) => expect(read(text)).toBeUndefined());
});

describe('tracestate', () => {
  it('goes along', () => {
    const context = read(`00-${TRACE}-${SPAN}-01`, 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7');
    expect(context && formatTraceContext(context).tracestate).toBe('congo=t61rcWkgMzE,rojo=00f067aa0ba902b7');
  });

  it.each(['', 'x'.repeat(513), 'no list', 'a=b\r\nx-injected: 1', 7])(
    '%j is left out, and the trace goes on',
    (state) => {
      const context = read(`00-${TRACE}-${SPAN}-01`, state);
      expect(context && formatTraceContext(context)).toEqual({ traceparent: `00-${TRACE}-${SPAN}-01` });
    },
  );
});
