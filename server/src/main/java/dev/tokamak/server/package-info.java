/// The service's front door: starting and stopping it. Called by the application; joins the API, the metrics and the
/// page, and knows no wire format.
package dev.tokamak.server;
