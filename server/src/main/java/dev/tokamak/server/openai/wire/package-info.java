/// The JSON of the OpenAI API: one record for each shape, with explicit names, and the reader that checks types. Called
/// by the routes; knows neither engine nor HTTP.
package dev.tokamak.server.openai.wire;
