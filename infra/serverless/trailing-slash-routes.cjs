/**
 * Serverless Framework plugin. The framework names the resource of a route by its path without
 * slashes, so a path with a trailing slash overwrites the same path without one, which API Gateway
 * then answers with 404. This gives each a name of its own.
 */
class TrailingSlashRoutes {
  constructor(serverless) {
    const name = () => {
      const { naming } = serverless.getProvider('aws');
      const nameOf = naming.getHttpApiRouteLogicalId.bind(naming);
      naming.getHttpApiRouteLogicalId = (key) => `${nameOf(key)}${/[^ ]\/$/.test(key) ? 'Slash' : ''}`;
    };
    this.hooks = { 'before:package:initialize': name };
  }
}

module.exports = TrailingSlashRoutes;
