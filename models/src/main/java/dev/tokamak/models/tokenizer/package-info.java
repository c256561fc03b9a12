/// Text to token ids and back. Knows vocabularies, not models.
package dev.tokamak.models.tokenizer;
