/** What each word of `needs` allows: infra/resources/permissions.yml. */
export type Permissions = Record<string, { Action: string | string[]; Resource: unknown; Condition?: unknown }[]>;
