import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { SECRETS_OF } from '../lib/runtime/settings.ts';

interface Service {
  image: string;
  profiles: string[];
  ports?: string[];
  healthcheck?: object;
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
}
const text = readFileSync(new URL('./compose.yml', import.meta.url), 'utf8');
const document = load(text, { schema: CORE_SCHEMA.withTags(mergeTag) }) as {
  services: Record<string, Service>;
};
const services = Object.entries(document.services);
const OURS = 'event-system:dev';

describe.each(services)('%s', (_, service) => {
  it('belongs to one profile', () => {
    expect(service.profiles).toHaveLength(1);
  });

  it('listens on loopback alone', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('has one version', () => {
    expect(service.image).toMatch(/:(\d+\.\d+\.\d+|dev\})$/);
  });

  it('has a health check, here or in our image', () => {
    expect(service.healthcheck !== undefined || service.image.includes(OURS)).toBe(true);
  });

  it('waits for what it needs in its own profile', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(document.services[name]?.profiles).toEqual(service.profiles);
    }
  });
});

it('each container gets the secrets of its role, and the local AWS none', () => {
  const secretsOf = (name: string) =>
    Object.keys(document.services[name]?.environment ?? {}).filter((one) => /_SECRETS?$/.test(one));
  expect(secretsOf('api')).toEqual(SECRETS_OF.api);
  expect(secretsOf('worker')).toEqual(SECRETS_OF.worker.filter((one) => one !== 'SMTP_URL'));
  expect(secretsOf('local-aws')).toEqual([]);
});

it('LocalStack gets the token of the shell', () => {
  expect(document.services.localstack?.environment.LOCALSTACK_AUTH_TOKEN).toBe(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is compose's
    '${LOCALSTACK_AUTH_TOKEN:-}',
  );
});
