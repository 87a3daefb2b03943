import { describe, expect, it } from 'vitest';
import { bodyBytesOf } from './body.ts';

describe('bodyBytesOf', () => {
  it('measures bytes, not characters', () => {
    expect(bodyBytesOf({ body: 'é', isBase64Encoded: false })).toBe(2);
  });

  it('measures what base64 stands for', () => {
    expect(bodyBytesOf({ body: 'AAAA', isBase64Encoded: true })).toBe(3);
  });

  it.each([undefined, null])('takes %s as no body: API Gateway leaves it out, its emulators send null', (body) => {
    expect(bodyBytesOf({ body: body as unknown as string, isBase64Encoded: false })).toBeUndefined();
  });
});
