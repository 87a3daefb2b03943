export type Permissions = Record<string, { Action: string | string[]; Resource: unknown; Condition?: unknown }[]>;
