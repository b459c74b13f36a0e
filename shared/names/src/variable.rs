//! Descriptions of environment variables.

/// An environment variable that a program reads its configuration from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Name, in upper case.
    pub name: &'static str,
    /// Default value; empty if the variable is optional and has none. `None`
    /// if it is required.
    pub default: Option<&'static str>,
    /// An example of a value.
    pub example: &'static str,
    /// Description, without a full stop.
    pub meaning: &'static str,
}

impl Variable {
    /// A required variable.
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

    /// An optional variable without a default.
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

    /// A variable that is `default` if it is not set.
    #[must_use]
    pub const fn with_default(
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            default: Some(default),
            ..Self::required(name, default, meaning)
        }
    }
}
