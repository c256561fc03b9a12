/// Finds, downloads, verifies and keeps model files in the user's cache folder. Called by the command line; knows files and
/// checksums, not what is in them.
package dev.tokamak.models.store;
