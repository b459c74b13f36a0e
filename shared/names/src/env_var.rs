//! Environment variables that programs are configured with.

/// An environment variable that a program reads its configuration from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvVar {
    /// The name, in upper case, as `GROUNDCREW_ZONES`.
    pub name: &'static str,
    /// Default value; empty if the variable is optional and has none. `None`
    /// if it is required.
    pub default: Option<&'static str>,
    /// A valid value; for a variable with a default, the default.
    pub example: &'static str,
    /// Whether it is required on Cloud Run, though optional elsewhere.
    pub required_on_cloud_run: bool,
    /// One line for `--help`, without a full stop.
    pub meaning: &'static str,
}

impl EnvVar {
    /// A variable without which the program does not start.
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
            required_on_cloud_run: false,
            meaning,
        }
    }

    /// A variable without which the program does not start on Cloud Run;
    /// elsewhere it is optional.
    #[must_use]
    pub const fn required_on_cloud_run(
        name: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            required_on_cloud_run: true,
            ..Self::optional(name, example, meaning)
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

/// `text` in upper case; `N` is its length.
#[doc(hidden)]
#[must_use]
pub const fn upper_case<const N: usize>(text: &str) -> [u8; N] {
    let (text, mut upper, mut at) = (text.as_bytes(), [0; N], 0);
    while at < N {
        upper[at] = text[at].to_ascii_uppercase();
        at += 1;
    }
    upper
}

/// Declares a configuration together with the environment variables that it is
/// read from, each stated once: the field, its variable in lower case, and a
/// constructor of [`EnvVar`] with its remaining arguments. The meaning becomes
/// the field's documentation; what is not meant for users may be added to it. The
/// struct gets the constant `VARIABLES`. The crate needs `serde`.
///
/// A default is stated in the variable alone: whoever reads the configuration
/// inserts it. The field of an optional variable is an `Option`.
///
/// ```
/// names::settings! {
///     /// The configuration of a greeter.
///     pub struct Greeter {
///         pub guest: String = "greeter_guest", required("Ada", "the name of the guest");
///         /// Zero is silence.
///         pub times: u32 = "greeter_times", with_default("3", "how often to greet");
///         pub title: Option<String> = "greeter_title", optional("Dr", "the guest's title");
///     }
/// }
/// assert_eq!(Greeter::VARIABLES[0].name, "GREETER_GUEST");
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$of_struct:meta])*
        $visible:vis struct $name:ident {$(
            $(#[$of_field:meta])*
            $field_visible:vis $field:ident : $type:ty
                = $variable:literal, $kind:ident($value:expr, $meaning:literal $(,)?);
        )*}
    ) => {
        $(#[$of_struct])*
        #[derive(Debug, Clone, PartialEq, Eq, ::serde::Deserialize)]
        $visible struct $name {$(
            #[doc = concat!("`", $variable, "`: ", $meaning, ".")]
            ///
            $(#[$of_field])*
            #[serde(rename = $variable)]
            $field_visible $field: $type,
        )*}

        impl $name {
            /// The environment variables that it is read from.
            pub const VARIABLES: &[$crate::EnvVar] = &[$({
                const UPPER: [u8; $variable.len()] = $crate::upper_case($variable);
                let name = match ::std::str::from_utf8(&UPPER) {
                    Ok(name) => name,
                    Err(_) => panic!("not UTF-8"),
                };
                $crate::EnvVar::$kind(name, $value, $meaning)
            }),*];
        }
    };
}
