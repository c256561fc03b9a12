/// Chat templates: a small Jinja interpreter and the variables that models expect.
package dev.tokamak.models.template;
