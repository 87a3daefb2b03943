/**
 * A plugin of the Serverless Framework: it names a route by its path without the slashes, so that a path and its twin with a
 * trailing slash are one resource, of which the second wins, and half of the API is 404 in API Gateway. Here each has its own.
 */
class TwinRoutes {
  constructor(serverless) {
    const name = () => {
      const { naming } = serverless.getProvider('aws');
      const nameOf = naming.getHttpApiRouteLogicalId.bind(naming);
      naming.getHttpApiRouteLogicalId = (key) => `${nameOf(key)}${/[^ ]\/$/.test(key) ? 'Slash' : ''}`;
    };
    this.hooks = { 'before:package:initialize': name };
  }
}

module.exports = TwinRoutes;
