//! What a configuration is read from.

/// A variable of the environment, for whoever sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name, in upper case.
    pub name: &'static str,
    /// What holds if it is not set; empty if then nothing does. `None` if it
    /// must be set.
    pub default: Option<&'static str>,
    /// A value that it could have.
    pub example: &'static str,
    /// What it means, without a full stop.
    pub meaning: &'static str,
}

impl Variable {
    /// One that must be set.
    #[must_use]
    pub const fn required(
        name: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            default: None,
            example,
            meaning,
        }
    }

    /// One that may be left out.
    #[must_use]
    pub const fn optional(
        name: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            default: Some(""),
            ..Self::required(name, example, meaning)
        }
    }

    /// One that is `default` if it is not set.
    #[must_use]
    pub const fn usually(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self {
            default: Some(default),
            ..Self::required(name, default, meaning)
        }
    }
}
