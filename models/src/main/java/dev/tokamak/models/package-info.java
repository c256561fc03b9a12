/// Opens a model file and makes it runnable: weights, tokenizer, template and limits in one closeable object. Called by the application; knows nothing of requests.
package dev.tokamak.models;
