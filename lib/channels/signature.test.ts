import { describe, expect, it } from 'vitest';
import { makeSigner } from './signature.ts';

const newest = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('makeSigner', () => {
  it('equals the known vector of the Standard Webhooks libraries', () => {
    const sign = makeSigner(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(sign('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it.each([
    [[]],
    [['whsec_']],
    [['plain']],
    [[`whsec_${Buffer.alloc(23).toString('base64')}`]],
    [[`${newest}!`]],
    [[newest, 'whsec_short']],
  ])('refuses unusable secrets %j', (secrets) => {
    expect(() => makeSigner(secrets)).toThrow(/secret/);
  });
});
