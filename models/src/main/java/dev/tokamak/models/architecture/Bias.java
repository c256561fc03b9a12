package dev.tokamak.models.architecture;

/// Whether linear layers of a family add a bias.
enum Bias {
    REQUIRED,
    /// When the file has one.
    OPTIONAL
}
