/** Apart from its schema, for functions without zod. Every HTTP stack carries printable ASCII unchanged. */
export const KEY_FORM = /^[\x20-\x7e]{1,255}$/;
export const KEY_RULE = 'must be 1 to 255 printable ASCII characters';
