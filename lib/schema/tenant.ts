/** Of a deployment with one tenant alone. */
export const DEFAULT_TENANT = 'default';

/** Part of index keys, which `#` divides. */
export const TENANT = /^[a-z0-9][a-z0-9-]{0,31}$/;
