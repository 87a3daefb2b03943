import { afterEach, beforeAll, beforeEach } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { type FauxqsMessage, type FauxqsParts, type FauxqsQueue, loadFauxqs, type Persistence } from './fauxqs.ts';

/** fauxqs without patches: queues in memory, and storage that is new for each test. */
export const useFauxqs = () => {
  const kit = {} as { fauxqs: FauxqsParts; persistence: Persistence; directory: string };
  let folder: ReturnType<typeof temporaryDirectory>;
  beforeAll(async () => {
    kit.fauxqs = await loadFauxqs();
  });
  beforeEach(() => {
    folder = temporaryDirectory();
    kit.directory = folder.path;
    kit.persistence = kit.fauxqs.openPersistence(folder.path);
  });
  afterEach(() => {
    kit.persistence.close();
    folder.remove();
  });
  const makeQueue = (name = 'work', attributes: object = {}, store = kit.fauxqs.makeStore()): FauxqsQueue =>
    store.createQueue(name, `http://local/0/${name}`, `arn:aws:sqs:us-east-1:0:${name}`, attributes);
  const send = (queue: FauxqsQueue, body: string, groupId?: string, delaySeconds?: number): FauxqsMessage => {
    const message = kit.fauxqs.createMessage(body, {}, delaySeconds, groupId);
    if (queue.isFifo()) message.sequenceNumber = queue.nextSequenceNumber();
    queue.enqueue(message);
    return message;
  };
  return Object.assign(kit, { makeQueue, send });
};
