/** `npm run reset`: removes what the local stack has stored in DATA_DIR. */
import { resetData } from '../supervisor/reset.ts';
import { dataDirOf } from '../supervisor/settings.ts';

try {
  const lines = await resetData(dataDirOf(process.env));
  process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
