/// Models in GGUF's terms, the reader of GGUF v2 and v3 files, which are hostile until checked, and the writer of v3. Knows containers, not what their keys mean.
package dev.tokamak.models.gguf;
