/// The OpenAI-compatible API: each route reads a wire record, makes engine requests of it and writes their events as one
/// answer or as a stream. [dev.tokamak.server.openai.OpenAiErrors] alone decides statuses and error bodies.
package dev.tokamak.server.openai;
