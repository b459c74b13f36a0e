//! Why an identity token is refused.

use gcp::{Class, Classify};
use http::StatusCode;
use thiserror::Error;

/// Why a token was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthError {
    /// No `Authorization: Bearer …`.
    #[error("no bearer token")]
    Missing,
    /// Not a token signed by RS256 with the claims that Google sends.
    #[error("malformed token: {0}")]
    Malformed(String),
    /// Cloud Run checks tokens itself on services that require authentication
    /// and then passes them on without their signature.
    #[error("Cloud Run removed the token's signature: let it invoke without authentication")]
    SignatureRemoved,
    /// The signature is not Google's.
    #[error("bad signature")]
    Signature,
    /// No key of that id is in the key set.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// `iss` is not Google.
    #[error("the issuer is not Google")]
    Issuer,
    /// `exp` is past.
    #[error("expired")]
    Expired,
    /// `iat` or `nbf` is yet to come.
    #[error("not valid yet")]
    NotYet,
    /// `aud` is another audience.
    #[error("the token is for another audience")]
    Audience,
    /// `email` is not the account that may push, or is not verified.
    #[error("the token is of another account, or its e-mail is not verified")]
    Account,
    /// The key set could not be fetched, so nothing can be said.
    #[error("the key set cannot be had: {0}")]
    NoKeys(String),
}

impl AuthError {
    /// The HTTP status that says so.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Missing
            | Self::Malformed(_)
            | Self::SignatureRemoved
            | Self::Signature
            | Self::UnknownKey
            | Self::Issuer
            | Self::Expired
            | Self::NotYet => StatusCode::UNAUTHORIZED,
            Self::Audience | Self::Account => StatusCode::FORBIDDEN,
            Self::NoKeys(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Classify for AuthError {
    fn class(&self) -> Class {
        match self {
            Self::NoKeys(_) => Class::Transient,
            Self::Missing
            | Self::Malformed(_)
            | Self::SignatureRemoved
            | Self::Signature
            | Self::UnknownKey
            | Self::Issuer
            | Self::Expired
            | Self::NotYet
            | Self::Audience
            | Self::Account => Class::Invalid,
        }
    }
}
