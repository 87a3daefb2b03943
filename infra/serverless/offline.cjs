/**
 * Serverless Framework plugin for `npm run offline`: serverless-offline refuses a path with and without a
 * trailing slash, and resolves no !Ref; localstack/entrypoints/offline.ts sets those values.
 */
const hasTrailingSlash = ({ httpApi }) =>
  typeof httpApi?.path === 'string' && httpApi.path !== '/' && httpApi.path.endsWith('/');

class Offline {
  constructor({ service }) {
    const prepare = () => {
      for (const declared of Object.values(service.functions)) {
        declared.events = declared.events.filter((event) => !hasTrailingSlash(event));
      }
      const { environment } = service.provider;
      for (const name of Object.keys(environment)) environment[name] = process.env[name] ?? environment[name];
    };
    this.hooks = { 'before:offline:start': prepare, 'before:offline:start:init': prepare };
  }
}

module.exports = Offline;
