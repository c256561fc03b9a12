/// HTTP around the routes of the service: listening, dispatch, keys, origins, body limits and the watch for clients that
/// leave. Called by the routes; knows no API's wire format, and is the only package that names the web server.
package dev.tokamak.server.http;
