//! Holds, which keep an object until they are released.

/// A hold on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    EventBased,
    Temporary,
}

impl Hold {
    /// The field of an object that sets it.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::EventBased => "eventBasedHold",
            Self::Temporary => "temporaryHold",
        }
    }

    /// As messages name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::EventBased => "Event-Based",
            Self::Temporary => "Temporary",
        }
    }
}
