/** KMS (docs.aws.amazon.com/kms/latest/APIReference): symmetric keys for envelope encryption. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { accountId } from '../http/account.ts';
import { type Answer, awsError, json } from '../http/answer.ts';
import { decrypt, encrypt, keyIdOf } from './blob.ts';
import { type KmsKey, openKeyStore } from './key-store.ts';

const requestSchema = z.object({
  KeyId: z.string().optional(),
  Description: z.string().optional(),
  KeySpec: z.string().optional(),
  NumberOfBytes: z.number().optional(),
  Plaintext: z.base64().optional(),
  CiphertextBlob: z.base64().optional(),
  EncryptionContext: z.record(z.string(), z.string()).optional(),
});
type Request = z.output<typeof requestSchema>;

const PLAINTEXT_BYTES_MAX = 4_096;
const DATA_KEY_BYTES_MAX = 1_024;
const DATA_KEY_BYTES: Record<string, number> = { AES_256: 32, AES_128: 16 };

const refuse = (code: string, message: string): Answer => awsError(400, code, message);
const answer = (value: unknown): Answer => json(200, value, { 'content-type': 'application/x-amz-json-1.1' });

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export const makeKms = (options: { directory: string; region: string; now?: () => number }) => {
  const keys = openKeyStore(options.directory, options.now);

  const arnOf = ({ id }: KmsKey): string => `arn:aws:kms:${options.region}:${accountId}:key/${id}`;
  const metadataOf = (key: KmsKey) => ({
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: arnOf(key),
    CreationDate: key.createdAt / 1_000,
    Description: key.description,
    Enabled: true,
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    MultiRegion: false,
  });

  const withKey = (keyId: string | undefined, act: (key: KmsKey) => Answer): Answer => {
    if (!keyId) return refuse('ValidationException', 'KeyId is required');
    const key = keys.find(keyId);
    return key ? act(key) : refuse('NotFoundException', `Key '${keyId}' does not exist`);
  };

  const encrypted = (key: KmsKey, plaintext: Buffer, { EncryptionContext = {} }: Request) => ({
    CiphertextBlob: encrypt(key, plaintext, EncryptionContext).toString('base64'),
    KeyId: arnOf(key),
  });

  const decrypted = ({ CiphertextBlob = '', KeyId, EncryptionContext = {} }: Request): Answer => {
    const blob = Buffer.from(CiphertextBlob, 'base64');
    const key = keys.find(keyIdOf(blob) ?? '');
    if (!key) return refuse('InvalidCiphertextException', 'The ciphertext is not of a key of this account');
    if (KeyId !== undefined && keys.find(KeyId)?.id !== key.id)
      return refuse('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this');
    const plaintext = decrypt(key, blob, EncryptionContext);
    if (!plaintext)
      return refuse('InvalidCiphertextException', 'The ciphertext or its encryption context is not valid');
    const KeyArn = arnOf(key);
    return answer({ KeyId: KeyArn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
  };

  const dataKey = (request: Request, withPlaintext: boolean): Answer =>
    withKey(request.KeyId, (key) => {
      const bytes = request.NumberOfBytes ?? DATA_KEY_BYTES[request.KeySpec ?? ''] ?? 0;
      if (!Number.isInteger(bytes) || bytes < 1 || bytes > DATA_KEY_BYTES_MAX)
        return refuse('ValidationException', `KeySpec, or NumberOfBytes from 1 to ${DATA_KEY_BYTES_MAX}, is required`);
      const plaintext = randomBytes(bytes);
      return answer({
        ...encrypted(key, plaintext, request),
        ...(withPlaintext && { Plaintext: plaintext.toString('base64') }),
      });
    });

  const operations: Record<string, (request: Request) => Answer> = {
    CreateKey: ({ Description = '', KeySpec = 'SYMMETRIC_DEFAULT' }) =>
      KeySpec === 'SYMMETRIC_DEFAULT'
        ? answer({ KeyMetadata: metadataOf(keys.create(Description)) })
        : refuse('UnsupportedOperationException', `The embedded KMS has no ${KeySpec} keys`),
    DescribeKey: ({ KeyId }) => withKey(KeyId, (key) => answer({ KeyMetadata: metadataOf(key) })),
    ListKeys: () =>
      answer({ Keys: keys.all().map((key) => ({ KeyId: key.id, KeyArn: arnOf(key) })), Truncated: false }),
    Encrypt: (request) =>
      withKey(request.KeyId, (key) => {
        const plaintext = Buffer.from(request.Plaintext ?? '', 'base64');
        if (plaintext.length < 1 || plaintext.length > PLAINTEXT_BYTES_MAX)
          return refuse('ValidationException', `Plaintext must be 1 to ${PLAINTEXT_BYTES_MAX} bytes`);
        return answer({ ...encrypted(key, plaintext, request), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
      }),
    Decrypt: decrypted,
    GenerateDataKey: (request) => dataKey(request, true),
    GenerateDataKeyWithoutPlaintext: (request) => dataKey(request, false),
  };

  return (headers: IncomingHttpHeaders, body: string): Answer => {
    const target = String(headers['x-amz-target'] ?? '');
    const [service, operation = ''] = target.split('.');
    const perform = service === 'TrentService' && Object.hasOwn(operations, operation) && operations[operation];
    if (!perform) return refuse('UnknownOperationException', `${target} is not part of the embedded KMS`);
    const request = requestSchema.safeParse(parsed(body));
    if (!request.success) return refuse('SerializationException', 'The request body does not fit the operation');
    return perform(request.data);
  };
};
