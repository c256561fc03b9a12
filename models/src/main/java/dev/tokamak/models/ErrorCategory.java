package dev.tokamak.models;

/// Who can do something about an error. The HTTP service maps it to a status.
public enum ErrorCategory {
    /// The request or the file is wrong.
    USER,
    /// Try again later.
    OVERLOADED,
    /// Memory, disk or another resource of this machine does not suffice.
    RESOURCES,
    /// A defect of ours.
    INTERNAL
}
