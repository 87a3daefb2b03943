import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Aws, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';

const directory = temporaryDirectory();
const EncryptionContext = { service: 'event-notification-service' };
let aws: Aws;
let kms: KMSClient;
let KeyId: string;
let CiphertextBlob: Uint8Array;

const open = async () => {
  aws = await startAws({ dataDir: directory.path, provisioned: false });
  kms = new KMSClient(clientsFor(aws.endpoint).config);
};
beforeAll(async () => {
  await open();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'fields' }));
  KeyId = KeyMetadata?.Arn ?? '';
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  expect(made.Plaintext).toHaveLength(32);
  CiphertextBlob = made.CiphertextBlob ?? new Uint8Array();
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});

describe('the embedded KMS', () => {
  it('describes and lists its keys, by id and by ARN', async () => {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ Arn: KeyId, Description: 'fields', Enabled: true });
    const byId = await kms.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    expect(byId.KeyMetadata?.Arn).toBe(KeyId);
    expect((await kms.send(new ListKeysCommand({}))).Keys).toMatchObject([{ KeyArn: KeyId }]);
  });

  it('decrypts in the same context alone', async () => {
    const Plaintext = new Uint8Array(32).fill(7);
    const { CiphertextBlob: blob } = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const { Plaintext: opened } = await kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext }));
    expect(opened).toEqual(Plaintext);
    const elsewhere = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: { service: 'another' } });
    await expect(kms.send(elsewhere)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    const changed = Buffer.from(blob ?? []);
    changed[60] = (changed[60] ?? 0) ^ 1;
    const tampered = new DecryptCommand({ CiphertextBlob: changed, EncryptionContext });
    await expect(kms.send(tampered)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('refuses unknown keys, specs and sizes by the errors of AWS', async () => {
    const nowhere = new DescribeKeyCommand({ KeyId: 'none' });
    await expect(kms.send(nowhere)).rejects.toMatchObject({ name: 'NotFoundException' });
    const asymmetric = new CreateKeyCommand({ KeySpec: 'RSA_2048' });
    await expect(kms.send(asymmetric)).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
    const empty = new EncryptCommand({ KeyId, Plaintext: new Uint8Array() });
    await expect(kms.send(empty)).rejects.toMatchObject({ name: 'ValidationException' });
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const other = new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: KeyMetadata?.Arn });
    await expect(kms.send(other)).rejects.toMatchObject({ name: 'IncorrectKeyException' });
  });

  it('fails while /_local/faults says so', async () => {
    const decrypt = () => kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    const faults = (body: unknown) =>
      fetch(`${aws.endpoint}/_local/faults`, { method: 'POST', body: JSON.stringify(body) });
    await faults({ service: 'kms', mode: 'error' });
    await expect(decrypt()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    await faults({ service: 'kms', mode: 'off' });
    await decrypt();
  });

  it('stores its keys over a restart, readable by their owner alone', async () => {
    await aws.close();
    await open();
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Plaintext).toHaveLength(32);
    expect(statSync(join(directory.path, 'kms.json')).mode & 0o777).toBe(0o600);
  });

  it('decrypts the data key of the service', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
    const { unwrap } = await import('../../lib/aws/field-encryption/keyring-kms.ts');
    expect(await unwrap(CiphertextBlob, KeyId)).toHaveLength(32);
    expect(await unwrap(CiphertextBlob, undefined)).toHaveLength(32);
    vi.unstubAllEnvs();
  });
});
