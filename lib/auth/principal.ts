/** Who asks: a tenant's key, or the subject of a token, and what it may do. */
export const SCOPES = [
  'events:write',
  'events:read',
  'notifications:write',
  'notifications:read',
  'metrics:read',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  tenant: string;
  scopes: readonly Scope[];
  /**
   * The key's id, or the token's issuer and subject: what is limited, and what the log names. Never
   * a secret.
   */
  id: string;
  /** Requests a second, instead of the configured limit. */
  rateLimit?: number;
}

/** `admin` may do everything within its tenant. */
export const isAllowed = ({ scopes }: Principal, scope: Scope): boolean =>
  scopes.includes('admin') || scopes.includes(scope);
