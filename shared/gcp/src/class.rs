//! What may be done about an error, which is all that a runtime needs to know.

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It may go away by itself: deliver again later.
    Transient,
    /// Somebody else wrote first: read again and decide again.
    Conflict,
    /// An identity lacks a permission: record it; trying again will not help.
    Denied,
    /// The event can never be handled: record it.
    Invalid,
    /// A defect of groundcrew's: a human must look.
    Bug,
}

/// An error that knows its [`Class`].
pub trait Classify {
    /// The class of this error.
    fn class(&self) -> Class;
}
