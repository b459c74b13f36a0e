//! Strings of which only a part is known, and CEL's string functions on them.

use super::truth::Truth;

/// A string of which only a part may be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PartialText {
    /// The whole string is known.
    Exact(String),
    /// Only how it begins is known.
    Prefix(String),
    /// Its end, after `projects/{id or number}`.
    Suffix(String),
    /// Nothing about it is known.
    Unknown,
}

impl PartialText {
    pub(super) fn starts_with(&self, with: &str) -> Truth {
        match self {
            Self::Exact(text) => Truth::of(text.starts_with(with)),
            Self::Prefix(prefix) if prefix.starts_with(with) => Truth::True,
            Self::Prefix(prefix) if !with.starts_with(prefix.as_str()) => Truth::False,
            Self::Prefix(_) | Self::Suffix(_) | Self::Unknown => Truth::Unknown,
        }
    }

    pub(super) fn ends_with(&self, with: &str) -> Truth {
        match self {
            Self::Exact(text) => Truth::of(text.ends_with(with)),
            Self::Suffix(suffix) if suffix.ends_with(with) => Truth::True,
            Self::Suffix(suffix) if !with.ends_with(suffix.as_str()) => Truth::False,
            Self::Prefix(_) | Self::Suffix(_) | Self::Unknown => Truth::Unknown,
        }
    }

    pub(super) fn contains(&self, what: &str) -> Truth {
        match self {
            Self::Exact(text) => Truth::of(text.contains(what)),
            Self::Prefix(part) | Self::Suffix(part) if part.contains(what) => Truth::True,
            Self::Prefix(_) | Self::Suffix(_) | Self::Unknown => Truth::Unknown,
        }
    }

    pub(super) fn equals(&self, other: &Self) -> Truth {
        match (self, other) {
            (Self::Exact(left), Self::Exact(right)) => Truth::of(left == right),
            (part, Self::Exact(whole)) | (Self::Exact(whole), part) => match part {
                Self::Prefix(prefix) if !whole.starts_with(prefix.as_str()) => Truth::False,
                Self::Suffix(suffix) if !whole.ends_with(suffix.as_str()) => Truth::False,
                Self::Prefix(_) | Self::Suffix(_) | Self::Exact(_) | Self::Unknown => {
                    Truth::Unknown
                }
            },
            _ => Truth::Unknown,
        }
    }

    /// IAM's extension of CEL: `"a/b/c".extract("a/{x}/")` is `b`, and the empty
    /// string if the template does not match.
    pub(super) fn extract(&self, template: &str) -> Self {
        let parts = template.split_once('{').and_then(|(before, rest)| {
            let (_, after) = rest.split_once('}')?;
            (!after.contains('{')).then_some((before, after))
        });
        let Some((before, after)) = parts else {
            return Self::Unknown;
        };
        let rest = match self {
            Self::Exact(whole) => match whole.split_once(before) {
                Some((_, rest)) => rest,
                None => return Self::Exact(String::new()),
            },
            // The first match must not lie in the unknown part: the template must
            // start with a whole segment that cannot be the project's ID or number.
            Self::Suffix(suffix) if is_segment(before) => match suffix.split_once(before) {
                Some((_, rest)) => rest,
                None => return Self::Unknown,
            },
            Self::Prefix(_) | Self::Suffix(_) | Self::Unknown => {
                return Self::Unknown;
            }
        };
        Self::Exact(match after {
            "" => rest.to_owned(),
            _ => rest
                .split_once(after)
                .map_or_else(String::new, |(found, _)| found.to_owned()),
        })
    }
}

/// Whether it is one whole path segment, like `/instances/`, and not a number.
fn is_segment(text: &str) -> bool {
    let inner = text.strip_prefix('/').and_then(|t| t.strip_suffix('/'));
    inner.is_some_and(|inner| {
        !inner.is_empty() && !inner.contains('/') && !inner.bytes().all(|b| b.is_ascii_digit())
    })
}
