/// Reads GGUF v2 and v3 files, which are hostile until checked. Knows the container, not what its keys mean.
package dev.tokamak.models.gguf;
