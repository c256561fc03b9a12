/// Turns a model file into a GGUF file of other tensor types, tensor by tensor. Called by the command line; knows which type each tensor shall have, not what is computed with it.
package dev.tokamak.models.convert;
