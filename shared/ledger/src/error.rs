//! Errors of the ledger.

use gcp::{Class, Classify};
use thiserror::Error;

/// An error of the ledger. Each `id` is `collection/id`.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// The record exists already, perhaps created by this very caller in a call
    /// whose answer was lost.
    #[error("{id} already exists")]
    Exists {
        /// `collection/id` of the record.
        id: String,
    },
    /// Somebody wrote since the record was read, perhaps this very caller by a
    /// commit whose answer was lost.
    #[error("{id} changed since it was read")]
    Conflict {
        /// `collection/id` of the record.
        id: String,
    },
    /// Others kept writing while this caller decided.
    #[error("{id} was changed by others at every attempt to write it")]
    Contended {
        /// `collection/id` of the record.
        id: String,
    },
    /// The record or its effects are larger than Firestore takes.
    #[error("{id} would take {size} bytes; the ledger keeps at most {limit} in a document")]
    TooLarge {
        /// `collection/id` of the record.
        id: String,
        /// Its size, in bytes as Firestore counts them.
        size: usize,
        /// The most that is kept, in the same bytes.
        limit: usize,
    },
    /// What is stored, or was to be stored, is not of the shape it should be.
    #[error("{id}: {what}")]
    Unreadable {
        /// `collection/id` of the record.
        id: String,
        /// What is wrong, and where.
        what: String,
    },
    /// The call failed. Its `resource` is the record's or the collection's.
    #[error(transparent)]
    Api(Box<gcp::Error>),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Exists { .. } | Self::Conflict { .. } | Self::Contended { .. } => Class::Conflict,
            Self::TooLarge { .. } => Class::Invalid,
            Self::Unreadable { .. } => Class::Bug,
            // A lost race is a `Conflict` by now. What is left is a missing
            // index or a database of the wrong mode: waiting will not mend it.
            Self::Api(error) if error.is_failed_precondition() => Class::Bug,
            Self::Api(error) => error.class(),
        }
    }
}

/// What a failed commit of a new record means.
pub(crate) fn of_create(id: String, error: gcp::Error) -> Error {
    match (error.status(), error.reason()) {
        (Some(409), "ALREADY_EXISTS") => Error::Exists { id },
        (Some(409), _) => Error::Conflict { id },
        _ => Error::Api(error.into()),
    }
}

/// What a failed commit of a record that was read means. Firestore says 400
/// `FAILED_PRECONDITION` of another update time, 409 `ABORTED` of contention,
/// and 404 of a record that is gone; a 404 of the whole database looks the
/// same, and shows itself when the caller reads again.
pub(crate) fn of_replace(id: String, error: gcp::Error) -> Error {
    if error.is_precondition() || error.is_conflict() || error.is_not_found() {
        Error::Conflict { id }
    } else {
        Error::Api(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, reason: &str) -> gcp::Error {
        gcp::Error {
            method: "firestore.projects.databases.documents.commit",
            resource: "jobs/a".into(),
            is_conditional: true,
            kind: gcp::ErrorKind::Status {
                status,
                reason: reason.into(),
                message: String::new(),
                retry_after: None,
                details: serde_json::Value::Null,
            },
        }
    }

    #[test]
    fn each_error_of_firestore_has_its_variant() {
        type Read = fn(String, gcp::Error) -> Error;
        let cases: [(Read, u16, &str, &str, Class); 9] = [
            (of_create, 409, "ALREADY_EXISTS", "exists", Class::Conflict),
            (of_create, 409, "ABORTED", "changed", Class::Conflict),
            (of_create, 400, "FAILED_PRECONDITION", "400", Class::Bug),
            (of_create, 403, "PERMISSION_DENIED", "403", Class::Denied),
            (of_create, 404, "NOT_FOUND", "404", Class::Invalid),
            (
                of_replace,
                400,
                "FAILED_PRECONDITION",
                "changed",
                Class::Conflict,
            ),
            (of_replace, 409, "ABORTED", "changed", Class::Conflict),
            (of_replace, 404, "NOT_FOUND", "changed", Class::Conflict),
            (of_replace, 503, "UNAVAILABLE", "503", Class::Transient),
        ];
        for (read, status, reason, says, class) in cases {
            let error = read("jobs/a".into(), answer(status, reason));
            let text = error.to_string();
            assert!(text.contains(says) && text.contains("jobs/a"), "{text}");
            assert_eq!(error.class(), class, "{text}");
        }
    }
}
