/**
 * Serverless Framework plugin: the framework names a route's resource by its path without slashes, so the one
 * with a trailing slash overwrites the other. This gives each a name of its own.
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
