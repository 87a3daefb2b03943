/** What the doors of the keys share. */
import * as z from 'zod';

export const apiKeyParams = z.object({ id: z.string().regex(/^key_[0-9a-z]{26}$/) });
