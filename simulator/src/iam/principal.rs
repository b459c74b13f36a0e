//! Principals.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A principal as in a policy: `user:…`, `serviceAccount:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Principal(String);

impl Principal {
    /// A user.
    #[must_use]
    pub fn user(email: &str) -> Self {
        Self(format!("user:{email}"))
    }

    /// A service account.
    #[must_use]
    pub fn service_account(email: &str) -> Self {
        Self(format!("serviceAccount:{email}"))
    }

    /// An unauthenticated caller.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(String::new())
    }

    /// The email address, without the prefix.
    #[must_use]
    pub fn email(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, email)| email)
    }

    /// The project of a service account.
    #[must_use]
    pub fn home(&self) -> Option<&str> {
        let email = self.0.strip_prefix("serviceAccount:")?;
        let (_, domain) = email.split_once('@')?;
        domain.strip_suffix(".iam.gserviceaccount.com")
    }

    /// Whether the caller is unauthenticated.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }

    /// `user:…` or `serviceAccount:…`; empty if unauthenticated.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
