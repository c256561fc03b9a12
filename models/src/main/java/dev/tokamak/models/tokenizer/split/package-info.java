/// Cuts texts into words before they become tokens: classes of characters, splitters written by hand for the common
/// cuts, and a matcher for the regular expressions of vocabularies. Knows no vocabulary and no file.
package dev.tokamak.models.tokenizer.split;
