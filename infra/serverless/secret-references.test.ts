import { describe, expect, it } from 'vitest';
import { defaultReferences, plainSecretProblems } from './secret-references.ts';

const SERVICE = 'event-notification-service';

describe('a secret in the template', () => {
  it('is a reference to the secret of the stage, unless it has a value', () => {
    expect(defaultReferences(SERVICE, 'dev', {})).toEqual({
      CURSOR_SECRET: '{{resolve:secretsmanager:event-notification-service-dev:SecretString:CURSOR_SECRET}}',
      WEBHOOK_SECRETS: '{{resolve:secretsmanager:event-notification-service-dev:SecretString:WEBHOOK_SECRETS}}',
    });
    expect(Object.keys(defaultReferences(SERVICE, 'dev', { CURSOR_SECRET: 'given' }))).toEqual(['WEBHOOK_SECRETS']);
  });

  it('is its value in an emulator, which may have no Secrets Manager', () => {
    expect(defaultReferences(SERVICE, 'local', {})).toEqual({});
    expect(plainSecretProblems(SERVICE, 'local', { CURSOR_SECRET: 'hunter2' })).toEqual([]);
  });

  it('is in plain text only if PLAIN_SECRETS allows it', () => {
    expect(plainSecretProblems(SERVICE, 'dev', { CURSOR_SECRET: 'hunter2' })).toHaveLength(1);
    expect(plainSecretProblems(SERVICE, 'dev', { CURSOR_SECRET: 'hunter2', PLAIN_SECRETS: '1' })).toEqual([]);
    expect(plainSecretProblems(SERVICE, 'dev', { CURSOR_SECRET: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
