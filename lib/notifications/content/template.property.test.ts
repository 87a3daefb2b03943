import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_MAX, SUBJECT_MAX } from '../../schema/text.ts';
import { render, webhookPayload } from './template.ts';

const base = { type: 'custom', entityId: 'user-123', timing: {}, sendAt: Date.UTC(2027, 0, 15) };
const fragment = fc.oneof(
  fc.constantFrom(
    '{{',
    '}}',
    '{',
    '}',
    ' ',
    '\t',
    '.',
    'a',
    'a.b',
    '__proto__',
    'constructor',
    '{{a}}',
    '{{a.b}}',
    '\r\n',
  ),
  fc.string({ unit: 'binary' }),
);
const template = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(''));
const data = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.jsonValue(), {
  noNullPrototype: true,
});

describe('render, for any template and any data', () => {
  it('never throws, keeps its limits and gives well-formed Unicode; the subject is one line', () => {
    fc.assert(
      fc.property(template, template, data, (subject, body, values) => {
        const rendered = render({ ...base, subject, body, data: values });
        expect(rendered.subject.length).toBeLessThanOrEqual(SUBJECT_MAX);
        expect(rendered.body.length).toBeLessThanOrEqual(BODY_MAX);
        expect(rendered.subject).not.toMatch(/[\r\n]/);
        expect(rendered.subject.isWellFormed() && rendered.body.isWellFormed()).toBe(true);
      }),
    );
  });

  it('leaves text without placeholders as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !text.includes('{{') && text.trim() !== ''),
        (body) => {
          expect(render({ ...base, body }).body).toBe(body);
        },
      ),
    );
  });

  it('shows nothing that is not an own value of data', () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names, 'a'), { minLength: 1, maxLength: 4 }), (path) => {
        const body = render({ ...base, body: `<{{${path.join('.')}}}>`, data: { a: 'own' } }).body;
        expect(body).toBe(path.join('.') === 'a' ? '<own>' : '<>');
      }),
    );
  });

  it.each(['{{', '{{ ', '{{a', '{{ \t\t\t\t\t\t\t', `{{${'a'.repeat(100)}`, '{{a.b.c}}', '}}'])(
    'takes time linear in the template: %j repeated to 4 MB',
    (part) => {
      const body = part.repeat(Math.ceil(4_000_000 / part.length));
      const started = performance.now();
      render({ ...base, body });
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );
});

describe('webhookPayload', () => {
  it('is the same whatever order the keys of data come in, and says the same', () => {
    fc.assert(
      fc.property(data, (values) => {
        const input = { ...base, notificationId: 'ntf_1', subject: 'S', body: 'B' };
        const reversed = Object.fromEntries(Object.entries(values).reverse());
        const payload = webhookPayload({ ...input, data: values });
        expect(webhookPayload({ ...input, data: reversed })).toBe(payload);
        expect(JSON.parse(payload).data.data).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});
