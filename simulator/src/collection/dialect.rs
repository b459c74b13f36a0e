//! The conventions that groups of APIs share: the form of errors, resources,
//! lists and operations.

pub(crate) mod compute;
pub(crate) mod compute_operations;
pub(crate) mod standard;
pub(super) mod storage;

use super::page::Paging;
use crate::ApiError;
use compute::invalid_value;
use serde_json::Value;

/// The conventions of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// <https://google.aip.dev>: most APIs.
    Standard,
    /// Compute Engine.
    Compute,
    /// Cloud Storage.
    Storage,
}

impl Dialect {
    pub(super) fn of(api: &str) -> Self {
        match api {
            "compute" => Self::Compute,
            "storage" => Self::Storage,
            _ => Self::Standard,
        }
    }

    /// Whether a false or empty value is stored, rather than the same as absence.
    pub(super) fn keeps_defaults(self) -> bool {
        match self {
            Self::Standard => false,
            Self::Compute | Self::Storage => true,
        }
    }

    /// Whether the permission to create is checked on what contains the new
    /// resource, rather than on the resource itself.
    pub(super) fn creates_in_parent(self) -> bool {
        match self {
            Self::Standard => true,
            Self::Compute | Self::Storage => false,
        }
    }

    pub(super) fn paging(self) -> &'static Paging {
        match self {
            Self::Standard => &standard::PAGING,
            Self::Compute => &compute::PAGING,
            Self::Storage => &storage::PAGING,
        }
    }

    pub(super) fn unknown_field(self, name: &str, at: &str) -> ApiError {
        let at = match (self, at) {
            (Self::Compute | Self::Storage, "") => " at 'resource'".to_owned(),
            (Self::Compute | Self::Storage, at) => format!(" at 'resource.{at}'"),
            (Self::Standard, "") => String::new(),
            (Self::Standard, at) => format!(" at '{at}'"),
        };
        ApiError::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field."
        ))
    }

    pub(super) fn wrong_type(self, at: &str, expected: &str, value: &Value) -> ApiError {
        match self {
            Self::Compute => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let reason = match expected {
                    "TYPE_MESSAGE" => "Must be an object.",
                    "TYPE_ARRAY" => "Must be a list.",
                    "TYPE_BOOL" => "Must be a boolean.",
                    "TYPE_STRING" => "Must be a string.",
                    "TYPE_ENUM" => "Unknown enum value.",
                    _ => "Must be a number.",
                };
                invalid_value(at, &text, reason)
            }
            Self::Standard | Self::Storage => {
                ApiError::invalid(format!("Invalid value at '{at}' ({expected}), {value}"))
            }
        }
    }

    pub(super) fn not_found(self, kind: &str, name: &str) -> ApiError {
        match self {
            Self::Compute => compute::not_found(name),
            Self::Storage => storage::not_found(kind),
            Self::Standard => ApiError::not_found(format!("{kind} {name} not found.")),
        }
    }

    pub(super) fn exists(self, kind: &str, name: &str) -> ApiError {
        match self {
            Self::Compute => compute::already_exists(name),
            Self::Storage => storage::already_exists(kind),
            Self::Standard => ApiError::already_exists(format!("{kind} {name} already exists.")),
        }
    }

    /// The error for an ID that does not match the kind's pattern.
    pub(super) fn invalid_id(self, field: &str, id: &str, pattern: &str) -> ApiError {
        match self {
            Self::Compute => {
                let reason = format!("Must be a match of regex '(?:{pattern})'");
                invalid_value(field, id, &reason)
            }
            Self::Standard | Self::Storage => {
                ApiError::invalid(format!("Invalid {field} {id:?}: it must match {pattern}."))
            }
        }
    }

    /// The error for a change of a field that cannot be changed.
    pub(super) fn immutable(self, field: &str, value: &Value) -> ApiError {
        match self {
            Self::Compute => invalid_value(field, &value.to_string(), "It cannot be changed."),
            Self::Standard | Self::Storage => ApiError::invalid(format!(
                "Invalid update_mask provided in the request: {field}."
            )),
        }
    }

    /// The error for a write with an etag that is not the current one.
    pub(super) fn stale(self) -> ApiError {
        match self {
            Self::Compute => ApiError::precondition("Invalid fingerprint."),
            Self::Storage => ApiError::precondition(
                "At least one of the pre-conditions you specified did not hold.",
            ),
            // Unverified.
            Self::Standard => ApiError::conflict("The etag is not that of the resource."),
        }
    }
}
