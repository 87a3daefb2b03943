export interface Check {
  name: string;
  /** Resolves with what was seen; throws what is wrong, in a sentence. */
  run(): Promise<string>;
}

/** One after the other, each said; resolves with what is wrong, in a sentence each. */
export const runChecks = async (checks: readonly Check[], say: (text: string) => void): Promise<string[]> => {
  const wrong: string[] = [];
  for (const { name, run } of checks) {
    try {
      say(`ok     ${name}: ${await run()}`);
    } catch (error) {
      say(`WRONG  ${name}: ${(error as Error).message}`);
      wrong.push(`${name}: ${(error as Error).message}`);
    }
  }
  return wrong;
};
