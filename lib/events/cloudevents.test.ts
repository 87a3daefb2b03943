import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { makeCloudEvent, structured } from '../testing/event.ts';
import { BATCHED, EXTENSIONS_MAX, readPublished, STRUCTURED } from './cloudevents.ts';

const binary = (headers: Record<string, string> = {}, rawBody = '{"user_id":123}') => ({
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'ce-specversion': '1.0',
    'ce-id': 'A234-1234-1234',
    'ce-source': 'https://example.com/storage/tenant/container',
    'ce-type': 'com.example.someevent',
    ...headers,
  },
  rawBody,
});
const batch = (...events: unknown[]) => ({ headers: { 'content-type': BATCHED }, rawBody: JSON.stringify(events) });
const mapped = {
  id: 'A234-1234-1234',
  source: 'https://example.com/storage/tenant/container',
  type: 'com.example.someevent',
  payload: { user_id: 123 },
};

/** The broken rules by pointer, or the code of another error. */
const problemsOf = (request: Parameters<typeof readPublished>[0]): string[] => {
  try {
    readPublished(request);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.errors?.map(({ pointer }) => pointer) ?? [error.code];
  }
  return [];
};

describe('our own form', () => {
  const plain = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, rawBody: JSON.stringify(body) });

  it('is what application/json without ce- headers means', () => {
    const body = { type: 'user.signup', payload: { user_id: 123, info: 'Test user' } };
    expect(readPublished(plain(body))).toEqual({ one: body });
  });

  it('every broken field is named, unknown ones too', () => {
    const body = { type: 'no spaces', payload: [], id: '', time: 'yesterday', subject: 'a\nb', extra: 1 };
    expect(problemsOf(plain(body)).sort()).toEqual(['/extra', '/id', '/payload', '/subject', '/time', '/type']);
    expect(problemsOf(plain({}))).toEqual(['/type', '/payload']);
    expect(problemsOf({ headers: {}, rawBody: '' })).toEqual(['malformed-json']);
    expect(problemsOf({ headers: {}, rawBody: '{' })).toEqual(['malformed-json']);
  });
});

describe('structured mode', () => {
  it('maps the attributes, and keeps extensions and dataschema as given', () => {
    // The example of the JSON format, 3.2, with JSON data.
    const request = structured({
      subject: 'sub/1',
      time: '2018-04-05T17:31:00Z',
      comexampleextension1: 'value',
      comexampleothervalue: 5,
      unsetextension: null,
      datacontenttype: 'application/vnd.apache.thrift+json',
      dataschema: 'https://example.com/schema',
    });
    expect(readPublished(request)).toEqual({
      one: {
        ...mapped,
        subject: 'sub/1',
        time: '2018-04-05T17:31:00Z',
        extensions: {
          comexampleextension1: 'value',
          comexampleothervalue: 5,
          dataschema: 'https://example.com/schema',
        },
      },
    });
  });

  it('an empty extension comes back as given', () => {
    const one = { extensions: { tracestate: '' } };
    expect(readPublished(structured({ tracestate: '' }))).toMatchObject({ one });
    expect(readPublished(binary({ 'ce-tracestate': '' }))).toMatchObject({ one });
  });

  it('no data, or data that is null, is an empty payload', () => {
    for (const data of [undefined, null])
      expect(readPublished(structured({ data }))).toMatchObject({ one: { payload: {} } });
  });

  it('data_base64 is decoded where it holds a JSON object', () => {
    const encoded = (text: string) =>
      structured({ data: undefined, data_base64: Buffer.from(text).toString('base64') });
    expect(readPublished(encoded('{"a":1}'))).toMatchObject({ one: { payload: { a: 1 } } });
    expect(readPublished(encoded('\ufeff{"a":1}'))).toMatchObject({ one: { payload: { a: 1 } } });
    const notUtf8 = Buffer.from('{"a":"\xff"}', 'latin1').toString('base64');
    expect(problemsOf(structured({ data: undefined, data_base64: notUtf8 }))).toEqual(['/data_base64']);
    for (const text of ['[1]', '{', '"x"', '\xff']) expect(problemsOf(encoded(text))).toEqual(['/data_base64']);
    expect(problemsOf(structured({ data_base64: 'e30=' }))).toEqual(['/data_base64']);
    expect(problemsOf(structured({ data: undefined, data_base64: 'not base64!' }))).toEqual(['/data_base64']);
  });

  it('data_base64 of all events of a batch holds no more JSON values than a body may', () => {
    const one = (values: number) =>
      makeCloudEvent({
        data: undefined,
        data_base64: Buffer.from(JSON.stringify({ a: Array(values).fill(0) })).toString('base64'),
      });
    expect(readPublished(batch(one(4_000), one(4_000)))).toMatchObject({ many: [{}, {}] });
    expect(problemsOf(batch(one(4_000), one(4_000), one(4_000), one(1)))).toEqual(['/2/data_base64', '/3/data_base64']);
  });

  it.each([
    ['another specversion', { specversion: '0.3' }, ['/specversion']],
    ['no id', { id: undefined }, ['/id']],
    ['an id that is null', { id: null }, ['/id']],
    ['an empty source', { source: '' }, ['/source']],
    ['a type that is a number', { type: 5 }, ['/type']],
    ['an empty subject', { subject: '' }, ['/subject']],
    ['a time without offset', { time: '2018-04-05T17:31:00' }, ['/time']],
    ['a day that does not exist', { time: '2018-02-30T17:31:00Z' }, ['/time']],
    ['data of another type', { datacontenttype: 'text/xml' }, ['/datacontenttype']],
    ['data that is a list', { data: [1] }, ['/data']],
    ['data that is text', { data: 'text' }, ['/data']],
    ['an attribute in upper case', { upperCase: 'x' }, ['/upperCase']],
    ['an attribute with an underscore', { my_ext: 'x' }, ['/my_ext']],
    ['an extension that is an object', { ext: {} }, ['/ext']],
    ['an extension beyond 32 bits', { ext: 2 ** 31 }, ['/ext']],
    ['an attribute name beside a bad time', { my_ext: 'x', time: 'x', data: 1 }, ['/my_ext', '/time', '/data']],
    ['several at once', { id: undefined, time: 'x', data: 1 }, ['/id', '/time', '/data']],
  ])('%s is refused by name', (_, changes, pointers) => {
    expect(problemsOf(structured(changes))).toEqual(pointers);
  });

  it('too many extensions are refused', () => {
    const many = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`ext${index}`, 'x']));
    expect(problemsOf(structured(many))).toEqual(['']);
  });

  it('is JSON, and an object', () => {
    const headers = { 'content-type': `${STRUCTURED}; charset=UTF-8` };
    expect(problemsOf({ headers, rawBody: '{' })).toEqual(['malformed-json']);
    expect(problemsOf({ headers, rawBody: '[]' })).toEqual(['']);
  });
});

describe('binary mode', () => {
  it('takes the attributes from the headers and the payload from the body', () => {
    const request = binary({ 'ce-time': '2018-04-05T03:56:24Z', 'ce-subject': 's', 'ce-myextension': '5' });
    expect(readPublished(request)).toEqual({
      one: { ...mapped, time: '2018-04-05T03:56:24Z', subject: 's', extensions: { myextension: '5' } },
    });
  });

  it('decodes percent-encoding once, and the double quotes of older producers', () => {
    // The examples of the HTTP binding, 3.1.3.2.
    const subjectOf = (value: string) => {
      const read = readPublished(binary({ 'ce-subject': value }));
      return 'one' in read ? read.one.subject : undefined;
    };
    expect(subjectOf('Euro%20%E2%82%AC%20%F0%9F%98%80')).toBe('Euro € 😀');
    expect(subjectOf('%2541')).toBe('%41');
    expect(subjectOf('"a \\"quoted\\" %20 text"')).toBe('a "quoted"   text');
  });

  it('reads raw UTF-8, which node gives as Latin-1 and others as it is', () => {
    const subjectOf = (value: string) => readPublished(binary({ 'ce-subject': value }));
    const asNode = (text: string) => Buffer.from(text).toString('latin1');
    for (const text of ['Zoë', 'Euro € 😀', '日本']) {
      expect(subjectOf(asNode(text))).toMatchObject({ one: { subject: text } });
      expect(subjectOf(text)).toMatchObject({ one: { subject: text } });
      expect(subjectOf(asNode(`"${text}" `).trim())).toMatchObject({ one: { subject: text } });
      expect(subjectOf(`${asNode(text)}%20%C3%AB`)).toMatchObject({ one: { subject: `${text} ë` } });
    }
  });

  it('an empty body is an empty payload', () => {
    expect(readPublished(binary({}, ''))).toMatchObject({ one: { payload: {} } });
  });

  it.each([
    ['broken percent-encoding', { 'ce-subject': '%E2%82' }, ['/header/ce-subject']],
    ['an overlong form of a blank', { 'ce-subject': '%C0%A0' }, ['/header/ce-subject']],
    ['all that is wrong', { 'ce-subject': '%E2', 'ce-time': 'x' }, ['/header/ce-subject', '/header/ce-time']],
    ['another specversion', { 'ce-specversion': '1.1' }, ['/header/ce-specversion']],
    ['a bad type', { 'ce-type': 'a b' }, ['/header/ce-type']],
    ['a bad attribute name', { 'ce-my-ext': 'x' }, ['/header/ce-my-ext']],
    ['data as an attribute', { 'ce-data': 'x' }, ['/header/ce-data']],
    ['a control character', { 'ce-source': 'a%0Ab' }, ['/header/ce-source']],
    ['a name that could pollute', { 'ce-__proto__': 'x' }, ['/header/ce-__proto__']],
  ])('%s is refused by header', (_, headers, pointers) => {
    expect(problemsOf(binary(headers))).toEqual(pointers);
  });

  it('a missing header is named as soon as one is there', () => {
    const headers = { 'content-type': 'application/json', 'ce-type': 'a' };
    expect(problemsOf({ headers, rawBody: '{}' })).toEqual([
      '/header/ce-specversion',
      '/header/ce-id',
      '/header/ce-source',
    ]);
  });

  it('a body that is no object is refused at its root, along with the headers', () => {
    expect(problemsOf(binary({}, '[1]'))).toEqual(['']);
    expect(problemsOf(binary({ 'ce-time': 'x' }, '{"__proto__":1}'))).toEqual(['/header/ce-time', '/__proto__']);
  });
});

describe('batched mode', () => {
  it('gives every event, in order; an empty batch is one', () => {
    const request = batch(makeCloudEvent(), makeCloudEvent({ id: 'b', data: { n: 2 } }));
    expect(readPublished(request)).toEqual({ many: [mapped, { ...mapped, id: 'b', payload: { n: 2 } }] });
    expect(readPublished(batch())).toEqual({ many: [] });
  });

  it('all that is wrong is named, element by element', () => {
    const request = batch(
      makeCloudEvent({ type: undefined }),
      makeCloudEvent(),
      5,
      makeCloudEvent({ id: '', data: [] }),
    );
    expect(problemsOf(request)).toEqual(['/0/type', '/2', '/3/id', '/3/data']);
  });

  it('32 extensions are taken; one that has more is refused for that alone', () => {
    const extensions = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n}`, 'y']));
    const most = { ...extensions(EXTENSIONS_MAX), subject: 's', time: '2018-04-05T03:56:24Z', dataschema: 'd' };
    const few = batch(makeCloudEvent({ ...most, datacontenttype: 'application/json' }));
    expect(readPublished(few)).toHaveProperty('many.length', 1);
    expect(problemsOf(batch(makeCloudEvent(), makeCloudEvent({ ...extensions(200), 'Bad-Name': {} })))).toEqual(['/1']);
    const headers = Object.entries(extensions(60)).map(([name, value]) => [`ce-${name}`, value]);
    expect(problemsOf(binary(Object.fromEntries(headers)))).toEqual(['/header']);
  });

  it('25 events are taken, 26 are not', () => {
    const events = Array.from({ length: 26 }, (_, index) => makeCloudEvent({ id: `e${index}` }));
    expect(readPublished(batch(...events.slice(1)))).toHaveProperty('many.length', 25);
    expect(problemsOf(batch(...events))).toEqual(['']);
  });
});
