/** What values do to the environment, the Secret and what restarts with them. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config.ts';
import { SECRETS_OF } from '../../lib/runtime/settings.ts';
import { type Manifest, render, scenarios } from './helm.ts';
import { at, environmentOf, find, kinds, podSpecOf } from './manifests.ts';

const SECRETS: Record<string, string> = {
  CURSOR_SECRET: 'x'.repeat(16),
  WEBHOOK_SECRETS: `whsec_${'A'.repeat(44)}`,
  SMTP_URL: 'smtp://mail',
};
const decoded = (secret: Manifest, key: string): string =>
  Buffer.from((secret.data as Record<string, string>)[key] ?? '', 'base64').toString();
const podOf = (manifests: Manifest[], name: string) => podSpecOf(find(manifests, 'Deployment', name));
const checksums = (manifests: Manifest[]) =>
  ['api', 'worker'].map((role) => {
    const { metadata } = at(find(manifests, 'Deployment', `event-system-${role}`), 'spec.template') as Manifest;
    return Object.values(metadata.annotations ?? {}).join();
  });

describe('the environment', () => {
  for (const { name } of scenarios) {
    it(`of ${name} is one that the service starts with`, async () => {
      const manifests = await render(name);
      const configMap = kinds(manifests, 'ConfigMap').find((one) => !one.includes('dashboard')) ?? '';
      for (const needs of Object.values(SECRETS_OF)) {
        const secrets = Object.fromEntries(needs.map((secret) => [secret, SECRETS[secret]]));
        expect(() => parseConfig({ ...environmentOf(manifests, configMap), ...secrets }, { needs })).not.toThrow();
      }
    });
  }

  it('names what serverless.yml names, by stage, region and account', async () => {
    const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/event-notification-service-prod';
    expect(environmentOf(await render('production'))).toMatchObject({
      TABLE_NAME: 'event-notification-service-prod',
      SCHEDULE_GROUP: 'event-notification-service-prod',
      DELIVERY_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:123456789012:event-notification-service-prod-delivery',
      DELIVERY_QUEUE_URL: `${queue}-delivery`,
      SCHEDULE_QUEUE_URL: `${queue}-schedule`,
      EVENT_QUEUE_URL: `${queue}-events`,
      RECONCILE_QUEUE_URL: `${queue}-reconcile`,
      REPLAY_QUEUE_URL: `${queue}-replay`,
      DEAD_LETTER_QUEUE_URL: `${queue}-dead-letters`,
    });
  });

  it('takes other names, and the partition of the region', async () => {
    expect(environmentOf(await render('aws-names'))).toMatchObject({
      TABLE_NAME: 'notifications',
      EVENT_QUEUE_URL: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/incoming',
      REPLAY_QUEUE_URL: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/event-notification-service-test-replay',
      DELIVERY_QUEUE_ARN: 'arn:aws-cn:sqs:cn-north-1:123456789012:event-notification-service-test-delivery',
      AWS_ENDPOINT_URL: 'https://aws.example.com',
    });
  });

  it('has credentials with the local AWS alone', async () => {
    expect(environmentOf(await render('local'))).toMatchObject({ AWS_ACCESS_KEY_ID: 'local' });
    expect(environmentOf(await render('aws'))).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });

  it('has numbers and flags as text, and nothing for what is empty', async () => {
    const config = { RETENTION_DAYS: 3650, RATE_LIMIT: 100_000, WEBHOOK_ALLOW_HTTP: false, LOG_LEVEL: '' };
    const environment = environmentOf(await render('aws', { config }));
    expect(environment).toMatchObject({ RETENTION_DAYS: '3650', RATE_LIMIT: '100000', WEBHOOK_ALLOW_HTTP: 'false' });
    expect(environment).not.toHaveProperty('LOG_LEVEL');
    expect(environment).not.toHaveProperty('JWT_ISSUER');
  });

  it('says who checks tokens', async () => {
    expect(environmentOf(await render('aws-jwt'))).toMatchObject({
      AUTH_MODE: 'jwt',
      JWT_ISSUER: 'https://id.example.com/',
      JWT_AUDIENCE: 'event-system',
      JWT_JWKS_URL: 'https://id.example.com/keys',
      JWT_SCOPE_CLAIM: 'scp',
    });
  });
});

describe('a change', () => {
  it('of the configuration or of a secret makes new pods of both roles, and none of the local AWS', async () => {
    const before = await render('local');
    const config = await render('local', { config: { LOG_LEVEL: 'DEBUG' } });
    const secret = await render('local', { secrets: { CURSOR_SECRET: 'another secret of it' } });
    for (const [index, checksum] of checksums(before).entries()) {
      expect(new Set([checksum, checksums(config)[index], checksums(secret)[index]]).size).toBe(3);
    }
    const templateOf = (manifests: Manifest[]) => find(manifests, 'StatefulSet', 'event-system-local-aws').spec;
    expect(templateOf(config)).toEqual(templateOf(before));
  });

  it('of a secret cannot be guessed from what the pods are marked with', async () => {
    const secrets = { SMTP_URL: 'smtp://user:hunter2@mail' };
    const marks = async () => checksums(await render('local', { secrets }));
    const [first, second] = [await marks(), await marks()];
    const guess = (values: object) => createHash('sha256').update(JSON.stringify(values)).digest('hex');
    const all = {
      CURSOR_SECRET: '',
      FIELD_KEYS: '',
      SMTP_URL: secrets.SMTP_URL,
      WEBHOOK_SECRETS: '',
      existingSecret: '',
    };
    for (const values of [all, secrets]) expect(first.join()).not.toContain(guess(values));
    // The key is of the release: here, without a cluster, made at each rendering.
    expect(first[0]).not.toBe(second[0]);
  });

  it('of nothing makes none where the secrets are given, wherever it is rendered', async () => {
    const secrets = { CURSOR_SECRET: SECRETS.CURSOR_SECRET, WEBHOOK_SECRETS: SECRETS.WEBHOOK_SECRETS };
    expect(checksums(await render('local', { secrets }))).toEqual(checksums(await render('local', { secrets })));
  });

  it('of nothing makes none, though secrets are generated at each rendering', async () => {
    const [first, second] = [await render('local'), await render('local')];
    expect(checksums(first)).toEqual(checksums(second));
  });
});

describe('the Secret', () => {
  it('is made up in the form that the service wants, kept by an uninstall, and never the same twice', async () => {
    const [first, second] = [await render('local'), await render('local')].map((one) =>
      find(one, 'Secret', 'event-system'),
    ) as [Manifest, Manifest];
    expect(decoded(first, 'WEBHOOK_SECRETS')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(decoded(first, 'CURSOR_SECRET')).toHaveLength(44);
    expect(decoded(first, 'CURSOR_SECRET')).not.toBe(decoded(second, 'CURSOR_SECRET'));
    expect(first.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('has what is given', async () => {
    const secrets = { ...SECRETS, FIELD_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` };
    const secret = find(await render('local', { secrets }), 'Secret', 'event-system');
    for (const [key, value] of Object.entries(secrets)) expect(decoded(secret, key)).toBe(value);
  });

  it('is not made where another is named', async () => {
    const manifests = await render('aws-existing-secret');
    expect(kinds(manifests, 'Secret')).toEqual([]);
    const names = ['event-system-api', 'event-system-worker'].flatMap((name) =>
      podOf(manifests, name)?.containers[0]?.env?.flatMap((one) => at(one, 'valueFrom.secretKeyRef.name') ?? []),
    );
    expect(names).toEqual(Array(5).fill('kept-elsewhere'));
  });
});

describe('the first key', () => {
  it('is given to the API alone, by the name of its Secret', async () => {
    const auth = { firstKey: { secretName: 'first-key' } };
    const manifests = await render('aws', { auth });
    const holders = manifests.filter((one) => JSON.stringify(one).includes('FIRST_KEY'));
    expect(holders.map(({ metadata }) => metadata.name)).toEqual(['event-system-api']);
    expect(podOf(manifests, 'event-system-api')?.containers[0]?.env).toContainEqual({
      name: 'FIRST_KEY',
      valueFrom: { secretKeyRef: { name: 'first-key', key: 'token' } },
    });
  });
});
