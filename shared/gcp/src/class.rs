//! How an error is handled, which is all that the runtime needs to know.

/// How an error is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// It may go away by itself: the event is delivered again later.
    Transient,
    /// Somebody else wrote first: the state is read and decided on again.
    Conflict,
    /// An identity lacks a permission: the event is recorded as a dead letter,
    /// since a retry would not help.
    Denied,
    /// The event can never be handled: it is recorded as a dead letter.
    Invalid,
    /// A defect of groundcrew, for its developers.
    Bug,
}

/// An error that knows its [`Class`].
pub trait Classify {
    /// The class of this error.
    fn class(&self) -> Class;
}
