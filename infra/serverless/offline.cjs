/**
 * A plugin of the Serverless Framework, for `npm run offline` alone. serverless-offline's server takes a path with and
 * without trailing slash for the same route and refuses the second (API Gateway does not, hence both in serverless.yml); and
 * it cannot resolve !Ref and !GetAtt, whose values localstack/entrypoints/offline.ts has put into the environment.
 */
const isTwin = ({ httpApi }) => typeof httpApi?.path === 'string' && httpApi.path !== '/' && httpApi.path.endsWith('/');

class Offline {
  constructor({ service }) {
    const prepare = () => {
      for (const declared of Object.values(service.functions)) {
        declared.events = declared.events.filter((event) => !isTwin(event));
      }
      const { environment } = service.provider;
      for (const name of Object.keys(environment)) environment[name] = process.env[name] ?? environment[name];
    };
    this.hooks = { 'before:offline:start': prepare, 'before:offline:start:init': prepare };
  }
}

module.exports = Offline;
