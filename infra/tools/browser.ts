import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-lcd-text', '--disable-background-networking'];

/**
 * A headless Chromium: CHROMIUM, or where Debian installs it. Resolves once the work is done and
 * the browser is closed. Throws when there is none.
 */
export const withBrowser = async <T>(work: (browser: Browser) => Promise<T>): Promise<T> => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}. Install one (Debian: apt-get install chromium) or set CHROMIUM.`,
    );
  }
  const browser = await chromium.launch({ executablePath, args: ARGS });
  return work(browser).finally(() => browser.close());
};
