/// Finds, downloads, verifies and keeps model files in the user's cache folder.
package dev.tokamak.models.store;
