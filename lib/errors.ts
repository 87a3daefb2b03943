/** The closed catalogue. Nothing else in the project invents an error that a caller sees. */
export const catalogue = {
  'validation-failed': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of ours for this query' },
  unauthorized: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'already-attempted': { status: 409, title: 'Delivery has already been attempted' },
  'not-failed': { status: 409, title: 'The notification has not failed' },
  'already-ended': { status: 409, title: 'It has already ended' },
  'key-not-active': { status: 409, title: 'The key was revoked or has expired' },
  'not-cancelable': { status: 409, title: 'The job cannot be canceled' },
  'limit-reached': { status: 409, title: 'There are as many as are allowed' },
  'precondition-failed': { status: 412, title: 'It has changed since it was read' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'idempotency-key-reused': { status: 422, title: 'The key was used with other content' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

export type ErrorCode = keyof typeof catalogue;

/**
 * One broken rule. `pointer` is an RFC 6901 JSON pointer into the body, or `/query/<name>`,
 * `/header/<name>`, `/path/<name>`.
 */
export interface FieldError {
  pointer: string;
  detail: string;
}

interface ServiceErrorOptions {
  errors?: FieldError[];
  /**
   * Extra public members of the problem document, e.g. `notification_status` and `channels` of a 409.
   */
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
  /** One word for the log of what the caller must not know, e.g. why credentials are refused. */
  reason?: string;
}

/**
 * An error a caller may see: `code` for machines, `detail` for people, `cause` and `reason` for the
 * log alone.
 */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: FieldError[] | undefined;
  readonly extensions: Record<string, unknown>;
  readonly headers: Record<string, string>;
  readonly reason: string | undefined;

  constructor(code: ErrorCode, detail: string, options: ServiceErrorOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.detail = detail;
    this.errors = options.errors;
    this.extensions = options.extensions ?? {};
    this.headers = options.headers ?? {};
    this.reason = options.reason;
  }
}

/** 200 KB of unknown names would make an answer of megabytes, more than a Lambda may give. */
export const ERRORS_MAX = 100;

/** Names are the caller's, and as long as the caller likes; each is said several times. */
export const POINTER_MAX = 256;
const shortened = ({ pointer, detail }: FieldError): FieldError =>
  pointer.length <= POINTER_MAX
    ? { pointer, detail }
    : { pointer: `${pointer.slice(0, POINTER_MAX - 1).toWellFormed()}…`, detail };

/** The first of each pointer: those of the schema come before those of rules beyond it. */
const distinct = (errors: FieldError[]): FieldError[] => {
  const pointers = new Set<string>();
  return errors.filter(({ pointer }) => !pointers.has(pointer) && pointers.add(pointer));
};

/**
 * The first `errorsMax` of them, one a pointer, and how many more there are; pointers no
 * longer than one can read.
 */
export const validationFailed = (given: FieldError[], errorsMax = ERRORS_MAX): ServiceError => {
  const all = distinct(given);
  const errors = all.slice(0, errorsMax).map(shortened);
  const said = errors.map((e) => `${e.pointer || '/'}: ${e.detail}`);
  const more = all.length > errors.length ? [`and ${all.length - errors.length} more`] : [];
  return new ServiceError('validation-failed', [...said, ...more].join('; '), { errors });
};

export const noRoute = (): ServiceError =>
  new ServiceError('not-found', 'The API has no route with this path; GET /openapi.json lists all routes.');

/** A dependency is away, or throttled: it concerns every caller, and passes by itself. */
export const isUnavailable = (error: unknown): boolean => error instanceof ServiceError && error.code === 'unavailable';

/** What was thrown, as a caller may see it: what is not a ServiceError is `internal`, and says no more. */
export const asServiceError = (error: unknown): ServiceError =>
  error instanceof ServiceError
    ? error
    : new ServiceError('internal', 'Something went wrong on our side.', { cause: error });
