/// Finds, downloads, verifies and keeps model files in the user's cache folder. Called by the command line; knows files and
/// checksums, and of what is in them only whether a folder's configuration can be run.
package dev.tokamak.models.store;
