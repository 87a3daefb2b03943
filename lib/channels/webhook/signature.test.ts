import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isSecret, makeKeys } from '../../schema/signing-keys.ts';
import { makeKeysSigner, makeSigner } from './signature.ts';
import { verifiesV1a } from './webhook.testing.ts';

const newest = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = 1614265330;
const payload = '{"test": 2432232314}';
/**
 * Of the Standard Webhooks libraries, and of Svix's server (svix-server/src/worker.rs,
 * test_asymmetric_key_signing).
 */
const known = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  privateKey: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
  v1: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  v1a: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
};

describe('makeSigner', () => {
  it('equals the known vector of the Standard Webhooks libraries', () => {
    expect(makeSigner([known.secret])(id, timestamp, payload)).toBe(known.v1);
  });

  it.each([
    [[]],
    [['whsec_']],
    [['plain']],
    [[`whsec_${Buffer.alloc(23).toString('base64')}`]],
    [[`whsec_${Buffer.alloc(65).toString('base64')}`]],
    [[`${newest}!`]],
    [[newest, 'whsec_short']],
  ])('refuses unusable secrets %j', (secrets) => {
    expect(() => makeSigner(secrets)).toThrow(/secret/);
  });
});

describe('makeKeysSigner', () => {
  it('equals the known vectors of both schemes, v1 first', () => {
    expect(makeKeysSigner([known])(id, timestamp, payload)).toBe(`${known.v1} ${known.v1a}`);
    expect(verifiesV1a(known.publicKey, `${id}.${timestamp}.${payload}`, known.v1a)).toBe(true);
  });

  it('signs with every generation, newest first', () => {
    const made = makeKeys();
    const signatures = makeKeysSigner([made, known])(id, timestamp, payload).split(' ');
    expect(signatures.map((signature) => signature.split(',')[0])).toEqual(['v1', 'v1a', 'v1', 'v1a']);
    expect(signatures.slice(2)).toEqual([known.v1, known.v1a]);
    expect(verifiesV1a(made.publicKey, `${id}.${timestamp}.${payload}`, signatures[1] ?? '')).toBe(true);
  });

  it.each(['whsk_', 'whsk_AAAA', known.publicKey, known.secret, `${known.privateKey}!`])(
    'refuses the private key %s',
    (privateKey) => {
      expect(() => makeKeysSigner([{ secret: known.secret, privateKey }])).toThrow('private key');
    },
  );

  it('refuses to sign with nothing', () => expect(() => makeKeysSigner([])).toThrow('at least one'));
});

describe('makeKeys', () => {
  it('what they sign verifies with the official library and with the public key, and with no other, whatever is said', () => {
    const seconds = Math.floor(Date.now() / 1000);
    fc.assert(
      fc.property(
        fc.json(),
        fc.option(fc.uint8Array({ minLength: 24, maxLength: 64 }), { nil: undefined }),
        (text, bytes) => {
          const keys = makeKeys(bytes && `whsec_${Buffer.from(bytes).toString('base64')}`);
          const signature = makeKeysSigner([keys])(id, seconds, text);
          const headers = { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
          expect(new Webhook(keys.secret).verify(text, headers)).toEqual(JSON.parse(text));
          expect(() => new Webhook(makeKeys().secret).verify(text, headers)).toThrow();
          const v1a = signature.split(' ')[1] ?? '';
          expect(verifiesV1a(keys.publicKey, `${id}.${seconds}.${text}`, v1a)).toBe(true);
          expect(verifiesV1a(keys.publicKey, `${id}.${seconds}.${text} `, v1a)).toBe(false);
          expect(verifiesV1a(makeKeys().publicKey, `${id}.${seconds}.${text}`, v1a)).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are other ones each time, and a secret that is given is kept as it is', () => {
    const [a, b] = [makeKeys(), makeKeys()];
    expect(new Set([a.secret, b.secret, a.privateKey, b.privateKey, a.publicKey, b.publicKey]).size).toBe(6);
    expect(makeKeys(newest).secret).toBe(newest);
    expect(isSecret(a.secret)).toBe(true);
  });
});
