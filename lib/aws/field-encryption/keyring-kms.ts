/**
 * Apart from keyring.ts and loaded only where a key is wrapped: the client costs a cold start some
 * tens of milliseconds.
 */
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { clientSettings, REQUEST_TIMEOUT_MS } from '../client-settings.ts';

/**
 * Bound into the ciphertext: a blob made for something else does not open. Public; README says it,
 * CloudTrail shows it.
 */
export const ENCRYPTION_CONTEXT = { service: 'event-notification-service' };

/**
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 * @param keyId ARN of the only key that may be used; without it KMS takes the one that the ciphertext names
 */
export const unwrap = async (wrapped: Uint8Array, keyId: string | undefined): Promise<Uint8Array> => {
  const client = new KMSClient(clientSettings(REQUEST_TIMEOUT_MS, 3));
  try {
    const command = new DecryptCommand({
      CiphertextBlob: wrapped,
      EncryptionContext: ENCRYPTION_CONTEXT,
      ...(keyId !== undefined && { KeyId: keyId }),
    });
    const { Plaintext } = await client.send(command);
    if (!Plaintext) throw new Error('AWS KMS answered without a plaintext');
    return Plaintext;
  } finally {
    client.destroy();
  }
};
