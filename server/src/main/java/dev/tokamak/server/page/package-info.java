/// The web chat page: files that are served as they are. Knows the API only as a browser does.
package dev.tokamak.server.page;
