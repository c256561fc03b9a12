/// What the service serves and how it refuses: the models by name, while they load and after, and the error that all
/// parts of the service throw. Called by the application and by every other package here; knows nothing of HTTP.
package dev.tokamak.server.model;
