/// Joins the modules: from settings to a model that runs. The only place that names every implementation.
package dev.tokamak.app.wiring;
