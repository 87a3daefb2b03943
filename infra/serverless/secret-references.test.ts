import { describe, expect, it } from 'vitest';
import { clearProblems, defaultReferences } from './secret-references.ts';

const SERVICE = 'event-notification-service';

describe('a secret in the template', () => {
  it('is a reference to the one of the stage, unless another is given', () => {
    expect(defaultReferences(SERVICE, 'dev', {})).toEqual({
      CURSOR_SECRET: '{{resolve:secretsmanager:event-notification-service-dev:SecretString:CURSOR_SECRET}}',
      WEBHOOK_SECRETS: '{{resolve:secretsmanager:event-notification-service-dev:SecretString:WEBHOOK_SECRETS}}',
    });
    expect(Object.keys(defaultReferences(SERVICE, 'dev', { CURSOR_SECRET: 'given' }))).toEqual(['WEBHOOK_SECRETS']);
  });

  it('is what an emulator is given: it may know no Secrets Manager', () => {
    expect(defaultReferences(SERVICE, 'local', {})).toEqual({});
    expect(clearProblems(SERVICE, 'local', { CURSOR_SECRET: 'in clear' })).toEqual([]);
  });

  it('is in clear only where that is allowed', () => {
    expect(clearProblems(SERVICE, 'dev', { CURSOR_SECRET: 'in clear' })).toHaveLength(1);
    expect(clearProblems(SERVICE, 'dev', { CURSOR_SECRET: 'in clear', PLAIN_SECRETS: '1' })).toEqual([]);
    expect(clearProblems(SERVICE, 'dev', { CURSOR_SECRET: 'in clear' }).join()).not.toContain('in clear,');
  });
});
