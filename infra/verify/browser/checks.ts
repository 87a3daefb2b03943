import type { Page } from 'playwright-core';

/** By name; each throws what is wrong. `subject` is what serves the page. */
export type Checks<Subject> = Record<string, (page: Page, subject: Subject) => Promise<void>>;

/**
 * The errors and warnings of the page's console, which violations of the content security policy
 * are part of.
 */
export const listenForComplaints = (page: Page, isExpected: (text: string) => boolean = () => false): string[] => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !isExpected(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
};

/** One after the other, printed as they end. Resolves with how many failed. */
export const runChecks = async <Subject>(page: Page, subject: Subject, checks: Checks<Subject>): Promise<number> => {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(page, subject);
      process.stdout.write(`ok      ${name}\n`);
    } catch (error) {
      failed += 1;
      process.stdout.write(`FAILED  ${name}\n${(error as Error).message}\n`);
    }
  }
  return failed;
};
