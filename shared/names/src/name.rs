//! How every name in this crate is declared: the error, and the macros that
//! write the conversions from and to text.

use thiserror::Error;

/// A name that does not have the form its kind requires.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} {value:?} is not valid: {rule}")]
pub struct InvalidName {
    /// The kind of name that was expected, such as `project id`.
    pub kind: &'static str,
    /// The rejected text, cut to 80 characters.
    pub value: String,
    /// The rule that the text breaks.
    pub rule: &'static str,
}

impl InvalidName {
    /// The error for `value`, which is not a valid `kind` because of `rule`.
    #[must_use]
    pub fn new(kind: &'static str, value: &str, rule: &'static str) -> Self {
        Self {
            kind,
            value: value.chars().take(80).collect(),
            rule,
        }
    }
}

/// Whether `text` is an RFC 1035 label of `min` to `max` characters, as most
/// Google Cloud ids are: lower-case letters, digits and hyphens, a letter
/// first, no hyphen last.
pub(crate) fn is_label(text: &str, min: usize, max: usize) -> bool {
    let bytes = text.as_bytes();
    (min..=max).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes[bytes.len() - 1] != b'-'
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// Implements `TryFrom<String>` by `FromStr`, and `From<_> for String` by
/// `Display`, for each of the types: what
/// `#[serde(try_from = "String", into = "String")]` needs.
#[macro_export]
macro_rules! as_text {
    ($($name:ty)*) => {$(
        impl TryFrom<String> for $name {
            type Error = <Self as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )*};
}

/// Declares a newtype over a checked `String`. `FromStr` is the only way to
/// make one; serde and `Display` use the same text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::InvalidName::new($kind, text, $rule))
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::as_text!($name);
    };
}
pub(crate) use name;

/// Declares the name of a resource as its path in Google's API: the parents,
/// each with its collection, then the resource's own collection and id.
///
/// `["projects" / PROJECT project: ProjectId] "topics"` declares
/// `projects/PROJECT/topics/ID`. The words in capitals appear in errors.
macro_rules! resource_name {
    (
        $(#[$doc:meta])* $name:ident, $kind:literal,
        [$($parents:literal / $PARENT:ident $parent:ident: $type:ty),+] $collection:literal,
        $rule:expr, $check:expr $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            $($parent: $type,)+
            id: String,
        }

        impl $name {
            #[doc = concat!("The name of the ", $kind, " `id`.")]
            ///
            /// # Errors
            /// `id` breaks the rule of its kind.
            pub fn new($($parent: $type,)+ id: &str) -> Result<Self, $crate::InvalidName> {
                let check: fn(&str) -> bool = $check;
                if !check(id) {
                    return Err($crate::InvalidName::new($kind, id, $rule));
                }
                Ok(Self { $($parent,)+ id: id.to_owned() })
            }

            $(
                #[doc = concat!("The ", stringify!($parent), " that contains it.")]
                #[must_use]
                pub fn $parent(&self) -> &$type {
                    &self.$parent
                }
            )+

            /// The last segment of the name.
            #[must_use]
            pub fn id(&self) -> &str {
                &self.id
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let form = concat!($($parents, "/", stringify!($PARENT), "/",)+ $collection, "/ID");
                let malformed = || $crate::InvalidName::new($kind, text, form);
                let rest = text;
                $(
                    let rest = rest.strip_prefix(concat!($parents, "/"));
                    let ($parent, rest) = rest
                        .and_then(|rest| rest.split_once('/'))
                        .ok_or_else(malformed)?;
                )+
                let id = rest
                    .strip_prefix(concat!($collection, "/"))
                    .filter(|id| !id.contains('/'))
                    .ok_or_else(malformed)?;
                Self::new($($parent.parse()?,)+ id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $(write!(f, concat!($parents, "/{}/"), self.$parent)?;)+
                write!(f, concat!($collection, "/{}"), self.id)
            }
        }

        $crate::as_text!($name);
    };
}
pub(crate) use resource_name;
