/** Apart from its zod schema: functions without zod read the header too. Printable ASCII is what every HTTP stack carries unchanged. */
export const KEY_FORM = /^[\x20-\x7e]{1,255}$/;
export const KEY_RULE = 'must be 1 to 255 printable ASCII characters';
