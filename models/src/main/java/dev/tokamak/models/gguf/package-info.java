/// Models in GGUF's terms, and the reader of GGUF v2 and v3 files, which are hostile until checked. Knows containers, not what their keys mean.
package dev.tokamak.models.gguf;
